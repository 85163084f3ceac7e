// The queries that the page opens with, one tab each; the first is the one a newcomer runs first.
// They ask for what the sample site has; on a site of your own, put your slugs into the variables.
// Lines are short, because the editor shares the window with the documentation and the answer.
window.datelineExamples = [
  {
    query: `
# The front page: the latest articles.
# Press the pink button or Ctrl+Enter.
query FrontPage {
  site { name description }
  articles(first: 5) {
    nodes {
      headline
      standfirst
      kind
      publishedAt
      path
      authors { name slug }
      tags { name slug }
      sources { name kind }
    }
  }
}`,
  },
  {
    query: `
# An article, its sources,
# and who says what in it.
query OneArticle($slug: String!) {
  article(by: { slug: $slug }) {
    headline
    bylineText
    sources { name kind }
    citations(last: 6) {
      nodes {
        role
        speaker
        verb
        quote
        source { name }
        url
      }
    }
    notices { kind text }
    rights { licence aiTerms }
    related(first: 3) { headline }
    body { html }
  }
}`,
    variables: { slug: 'national-earthquake-information-centers-open-source-team' },
  },
  {
    query: `
# Who cites this source,
# and on which words does it hang?
# The newest article comes first.
query WhoCites($slug: String!) {
  source(by: { slug: $slug }) {
    name
    kind
    domains
    articles {
      count { value precision }
    }
    citations(first: 10) {
      nodes {
        article {
          headline
          publishedAt
        }
        role
        quote
        url
      }
    }
  }
}`,
    variables: { slug: 'mozilla' },
  },
  {
    query: `
# Articles about a subject that cite
# institutions, but no news outlet.
query OfficialSources($tag: String!) {
  articles(
    first: 10
    where: {
      tags: { all: [$tag] }
      citedSourceKinds: {
        any: [OFFICIAL]
        none: [OUTLET]
      }
      publishedAt: {
        gte: "2015-03-01T00:00:00Z"
      }
    }
    orderBy: {
      field: PUBLISHED
      direction: ASC
    }
  ) {
    nodes {
      headline
      kind
      publishedAt
      sources {
        name
        kind
        parent { name }
      }
    }
    count { value precision }
  }
}`,
    variables: { tag: 'https' },
  },
  {
    query: `
# Full-text search. All words must be
# there; OR, "side by side" and
# -exclusion work.
query Search($query: String!) {
  search(query: $query, first: 5) {
    nodes {
      highlightedHeadline
      snippet
      score
      article {
        path
        publishedAt
        authors { name }
      }
    }
    count { value precision }
  }
}`,
    variables: { query: '"open source" code OR data -https' },
  },
  {
    query: `
# Page after page: put the endCursor
# of each answer into "after" until
# hasNextPage is false. An article
# published meanwhile moves nothing.
query NextPage($after: String) {
  articles(first: 10, after: $after) {
    nodes { headline publishedAt }
    pageInfo { hasNextPage endCursor }
    count { value precision }
  }
}`,
    variables: { after: null },
  },
  {
    query: `
# What a frontend asks for every
# address: a page, a redirect, gone,
# or nothing (null).
query Resolve(
  $article: String!
  $moved: String!
) {
  article: resolvePath(path: $article) {
    ...Found
  }
  moved: resolvePath(path: $moved) {
    ...Found
  }
  renamed: resolvePath(path: "/tags/ai") {
    ...Found
  }
  author: resolvePath(
    path: "/authors/eric-mill"
  ) { ...Found }
  gone: resolvePath(
    path: "/2014/03/12/coming-soon/"
  ) { ...Found }
  nothing: resolvePath(
    path: "/no/such/page"
  ) { ...Found }
}

fragment Found on Resolution {
  __typename
  ... on Article { headline }
  ... on Author {
    name
    articles(first: 3) {
      nodes { headline }
    }
  }
  ... on Tag { name }
  ... on Source { name }
  ... on Redirect { to }
  ... on Gone { withdrawnAt }
}`,
    variables: {
      article: '/2015/06/08/the-us-government-is-moving-to-https-everywhere/',
      moved: '/post/80066867648/hello-world-we-are-18f',
    },
  },
];
