// The queries that the page opens with, one tab each; the first is the one a newcomer runs first.
window.datelineExamples = [
  {
    query: `
# The front page: the latest articles with their authors and tags.
# Press the pink button, or Ctrl+Enter.
query FrontPage {
  articles(first: 5) {
    nodes {
      headline
      standfirst
      publishedAt
      path
      authors { name slug }
      tags { name slug }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    query: `
# The next page: put the endCursor of the first answer into the variables.
query NextPage($after: String) {
  articles(first: 5, after: $after) {
    nodes { headline publishedAt }
    pageInfo { hasNextPage endCursor }
    count { value precision }
  }
}`,
    variables: { after: null },
  },
  {
    query: `
# Articles and the sources they cite, with the words taken from each.
query WhoIsQuoted {
  articles(first: 3) {
    nodes {
      headline
      citations(first: 5) {
        nodes { role quote source { name slug } }
      }
    }
  }
}`,
  },
  {
    query: `
# Full-text search: "quoted phrases", OR and -exclusion work.
query Search($query: String!) {
  search(query: $query, first: 5) {
    edges { snippet node { headline path publishedAt } }
  }
}`,
    variables: { query: 'harbour' },
  },
  {
    query: `
query About {
  site { name url }
}`,
  },
];
