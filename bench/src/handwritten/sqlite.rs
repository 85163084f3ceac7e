//! One statement per query, for SQLite.
//!
//! `?1` is always the present moment. A list is a walk of an index that ends before anything is joined.

use crate::queries::Query;

/// The statement of a query.
pub fn statement(query: Query) -> String {
    match query {
        Query::FrontPage => front_page("published_at <= ?1"),
        // Without the plus SQLite begins the walk at the present moment and passes by all that lies before the place.
        Query::DeepPage => front_page("+published_at <= ?1 AND (published_at, id) < (?2, ?3)"),
        Query::ArticlePage => article_page(),
        Query::TagPage => tag_page(),
        Query::Search => SEARCH.to_owned(),
        Query::SourcePage => source_page(),
    }
}

/// The places of ids in a column that holds them one behind the other; no article has more than 32 of a sort.
const PLACES: &str = "WITH place(at) AS (VALUES (1),(17),(33),(49),(65),(81),(97),(113),(129),(145),(161),(177),(193),\
    (209),(225),(241),(257),(273),(289),(305),(321),(337),(353),(369),(385),(401),(417),(433),(449),(465),(481),(497))";

/// The nouns whose 16-byte ids a column holds one behind the other, in their order, as a list of objects.
fn nouns(table: &str, column: &str, object: &str) -> String {
    format!(
        "json((SELECT json_group_array(json_object({object})) FROM place CROSS JOIN {table} AS n \
         ON n.id = substr({column}, at, 16) WHERE at < length({column})))"
    )
}

const NAME_AND_SLUG: &str = "'name', n.name, 'slug', n.slug";
const ID_NAME_AND_SLUG: &str = "'id', hex(n.id), 'name', n.name, 'slug', n.slug";

fn front_page(place: &str) -> String {
    format!(
        "{PLACES} SELECT json_object('data', json_object('articles', json_object('nodes', \
         json_group_array(json_object('id', hex(a.id), 'slug', a.slug, 'headline', a.headline, \
         'standfirst', a.standfirst, 'publishedAt', a.published_at, 'authors', {authors}, 'tags', {tags}))))) \
         FROM (SELECT id, slug, headline, standfirst, published_at, author_ids, tag_ids FROM published_article \
         WHERE {place} ORDER BY published_at DESC, id DESC LIMIT 20) AS a",
        authors = nouns("author", "a.author_ids", NAME_AND_SLUG),
        tags = nouns("tag", "a.tag_ids", NAME_AND_SLUG),
    )
}

fn article_page() -> String {
    format!(
        "{PLACES} SELECT json_object('data', json_object('article', json_object(\
         'id', hex(a.id), 'slug', a.slug, 'path', a.path, 'headline', a.headline, 'standfirst', a.standfirst, \
         'kind', a.kind, 'language', a.language, 'bylineText', a.byline_text, 'wordCount', a.word_count, \
         'version', a.version, 'firstPublishedAt', a.first_published_at, 'publishedAt', a.published_at, \
         'updatedAt', a.updated_at, 'dateline', json(d.dateline), 'notices', json(d.notices), \
         'rights', json(d.rights), 'hero', json(a.hero), 'body', json_object('html', d.html), \
         'authors', {authors}, 'tags', {tags}, 'citations', json_object('nodes', \
         json((SELECT json_group_array(json_object('id', hex(c.id), 'role', c.role, 'url', c.url, 'title', c.title, \
         'quote', c.quote, 'linkHealth', c.link_health, 'source', CASE WHEN s.id IS NOT NULL THEN \
         json_object('id', hex(s.id), 'name', s.name, 'slug', s.slug) END)) \
         FROM (SELECT * FROM citation WHERE article_id = a.id ORDER BY position LIMIT 20) AS c \
         LEFT JOIN source AS s ON s.id = c.source_id)))))) \
         FROM published_article AS a JOIN published_detail AS d ON d.article_id = a.id \
         WHERE a.slug = ?2 AND a.published_at <= ?1",
        authors = nouns("author", "a.author_ids", ID_NAME_AND_SLUG),
        tags = nouns("tag", "a.tag_ids", ID_NAME_AND_SLUG),
    )
}

fn tag_page() -> String {
    format!(
        "{PLACES} SELECT json_object('data', json_object('tag', json_object('name', t.name, 'slug', t.slug, \
         'articles', json_object('count', json_object('value', coalesce(y.articles, 0) - \
         (SELECT count(*) FROM tag_feed WHERE tag_id = t.id AND published_at > ?1), 'precision', 'EXACT'), 'nodes', \
         json((SELECT json_group_array(json_object('id', hex(a.id), 'slug', a.slug, 'headline', a.headline, \
         'standfirst', a.standfirst, 'publishedAt', a.published_at, 'authors', {authors})) \
         FROM (SELECT article_id FROM tag_feed WHERE tag_id = t.id AND published_at <= ?1 \
         ORDER BY published_at DESC, article_id DESC LIMIT 20) AS f \
         CROSS JOIN published_article AS a ON a.id = f.article_id)))))) \
         FROM tag AS t LEFT JOIN tally AS y ON y.facet_id = t.id WHERE t.slug = ?2",
        authors = nouns("author", "a.author_ids", NAME_AND_SLUG),
    )
}

/// Ranks every match, as `bm25` has it; the index keeps no text, so a snippet is the beginning of the body.
const SEARCH: &str = "SELECT json_object('data', json_object('search', json_object('nodes', json_group_array(\
    json_object('snippet', substr(d.markdown, 1, 200), 'article', json_object('id', hex(a.id), 'slug', a.slug, \
    'headline', a.headline, 'publishedAt', a.published_at)))))) \
    FROM (SELECT rowid AS number FROM article_search WHERE article_search MATCH ?2 ORDER BY rank LIMIT 20) AS b \
    CROSS JOIN published_article AS a ON a.number = b.number AND a.published_at <= ?1 \
    CROSS JOIN published_detail AS d ON d.article_id = a.id";

fn source_page() -> String {
    format!(
        "{PLACES} SELECT json_object('data', json_object('source', json_object('name', s.name, 'slug', s.slug, \
         'articles', json_object('nodes', \
         json((SELECT json_group_array(json_object('id', hex(a.id), 'slug', a.slug, 'headline', a.headline, \
         'publishedAt', a.published_at, 'tags', {tags})) \
         FROM (SELECT article_id FROM source_feed WHERE source_id = s.id AND published_at <= ?1 \
         ORDER BY published_at DESC, article_id DESC LIMIT 20) AS f \
         CROSS JOIN published_article AS a ON a.id = f.article_id)))))) \
         FROM source AS s WHERE s.slug = ?2",
        tags = nouns("tag", "a.tag_ids", NAME_AND_SLUG),
    )
}
