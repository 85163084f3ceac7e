//! One statement per query, for PostgreSQL.
//!
//! `$1` is always the present moment. A list is a walk of an index that ends before anything is joined.

use crate::queries::Query;

/// The statement of a query.
pub fn statement(query: Query) -> String {
    match query {
        Query::FrontPage => front_page(""),
        Query::DeepPage => front_page("AND (published_at, id) < ($2, $3)"),
        Query::ArticlePage => article_page(),
        Query::TagPage => tag_page(),
        Query::Search => SEARCH.to_owned(),
        Query::SourcePage => source_page(),
    }
}

/// The nouns whose 16-byte ids a column holds one behind the other, in their order, as a list of objects.
fn nouns(table: &str, column: &str, object: &str) -> String {
    format!(
        "(SELECT coalesce(json_agg({object} ORDER BY i), '[]') \
         FROM generate_series(0, length({column}) / 16 - 1) AS i \
         JOIN {table} AS n ON n.id = encode(substr({column}, i * 16 + 1, 16), 'hex')::uuid)"
    )
}

const NAME_AND_SLUG: &str = "json_build_object('name', n.name, 'slug', n.slug)";
const ID_NAME_AND_SLUG: &str = "json_build_object('id', n.id, 'name', n.name, 'slug', n.slug)";

fn front_page(place: &str) -> String {
    format!(
        "SELECT json_build_object('data', json_build_object('articles', json_build_object('nodes', \
         coalesce(json_agg(json_build_object('id', a.id, 'slug', a.slug, 'headline', a.headline, \
         'standfirst', a.standfirst, 'publishedAt', a.published_at, 'authors', {authors}, 'tags', {tags}) \
         ORDER BY a.published_at DESC, a.id DESC), '[]'))))::text \
         FROM (SELECT id, slug, headline, standfirst, published_at, author_ids, tag_ids FROM published_article \
         WHERE published_at <= $1 {place} ORDER BY published_at DESC, id DESC LIMIT 20) AS a",
        authors = nouns("author", "a.author_ids", NAME_AND_SLUG),
        tags = nouns("tag", "a.tag_ids", NAME_AND_SLUG),
    )
}

fn article_page() -> String {
    format!(
        "SELECT json_build_object('data', json_build_object('article', json_build_object(\
         'id', a.id, 'slug', a.slug, 'path', a.path, 'headline', a.headline, 'standfirst', a.standfirst, \
         'kind', a.kind, 'language', a.language, 'bylineText', a.byline_text, 'wordCount', a.word_count, \
         'version', a.version, 'firstPublishedAt', a.first_published_at, 'publishedAt', a.published_at, \
         'updatedAt', a.updated_at, 'dateline', d.dateline::json, 'notices', d.notices::json, \
         'rights', d.rights::json, 'hero', a.hero::json, 'body', json_build_object('html', d.html), \
         'authors', {authors}, 'tags', {tags}, 'citations', json_build_object('nodes', \
         (SELECT coalesce(json_agg(json_build_object('id', c.id, 'role', c.role, 'url', c.url, 'title', c.title, \
         'quote', c.quote, 'linkHealth', c.link_health, 'source', CASE WHEN s.id IS NOT NULL THEN \
         json_build_object('id', s.id, 'name', s.name, 'slug', s.slug) END) ORDER BY c.position), '[]') \
         FROM (SELECT * FROM citation WHERE article_id = a.id ORDER BY position LIMIT 20) AS c \
         LEFT JOIN source AS s ON s.id = c.source_id)))))::text \
         FROM published_article AS a JOIN published_detail AS d ON d.article_id = a.id \
         WHERE a.slug = $2 AND a.published_at <= $1",
        authors = nouns("author", "a.author_ids", ID_NAME_AND_SLUG),
        tags = nouns("tag", "a.tag_ids", ID_NAME_AND_SLUG),
    )
}

fn tag_page() -> String {
    format!(
        "SELECT json_build_object('data', json_build_object('tag', json_build_object('name', t.name, 'slug', t.slug, \
         'articles', json_build_object('count', json_build_object('value', coalesce(y.articles, 0) - \
         (SELECT count(*) FROM tag_feed WHERE tag_id = t.id AND published_at > $1), 'precision', 'EXACT'), 'nodes', \
         (SELECT coalesce(json_agg(json_build_object('id', a.id, 'slug', a.slug, 'headline', a.headline, \
         'standfirst', a.standfirst, 'publishedAt', a.published_at, 'authors', {authors}) \
         ORDER BY f.published_at DESC, f.article_id DESC), '[]') \
         FROM (SELECT published_at, article_id FROM tag_feed WHERE tag_id = t.id AND published_at <= $1 \
         ORDER BY published_at DESC, article_id DESC LIMIT 20) AS f \
         JOIN published_article AS a ON a.id = f.article_id)))))::text \
         FROM tag AS t LEFT JOIN tally AS y ON y.facet_id = t.id WHERE t.slug = $2",
        authors = nouns("author", "a.author_ids", NAME_AND_SLUG),
    )
}

/// Ranks every match, as `ts_rank` has it; the snippets are made for the best 20 alone.
const SEARCH: &str = "WITH asked AS MATERIALIZED (SELECT to_tsquery('simple', $2) AS words), \
    best AS MATERIALIZED (SELECT s.number, ts_rank(s.terms, q.words) AS score FROM article_search AS s, asked AS q \
    WHERE s.terms @@ q.words ORDER BY 2 DESC, 1 DESC LIMIT 20) \
    SELECT json_build_object('data', json_build_object('search', json_build_object('nodes', \
    coalesce(json_agg(json_build_object('snippet', ts_headline('simple', d.markdown, q.words), 'article', \
    json_build_object('id', a.id, 'slug', a.slug, 'headline', a.headline, 'publishedAt', a.published_at)) \
    ORDER BY b.score DESC, b.number DESC), '[]'))))::text \
    FROM best AS b CROSS JOIN asked AS q JOIN published_article AS a ON a.number = b.number AND a.published_at <= $1 \
    JOIN published_detail AS d ON d.article_id = a.id";

fn source_page() -> String {
    format!(
        "SELECT json_build_object('data', json_build_object('source', json_build_object('name', s.name, 'slug', s.slug, \
         'articles', json_build_object('nodes', \
         (SELECT coalesce(json_agg(json_build_object('id', a.id, 'slug', a.slug, 'headline', a.headline, \
         'publishedAt', a.published_at, 'tags', {tags}) ORDER BY f.published_at DESC, f.article_id DESC), '[]') \
         FROM (SELECT published_at, article_id FROM source_feed WHERE source_id = s.id AND published_at <= $1 \
         ORDER BY published_at DESC, article_id DESC LIMIT 20) AS f \
         JOIN published_article AS a ON a.id = f.article_id)))))::text \
         FROM source AS s WHERE s.slug = $2",
        tags = nouns("tag", "a.tag_ids", NAME_AND_SLUG),
    )
}
