//! The values that nobody in particular tries for each argument.

use crate::newsroom::BEGIN;

/// What there is to try: names and ids of what may be seen, of what may not, and of what does not exist.
#[derive(Debug, Default)]
pub struct Values {
    /// Ids of hidden articles, citations and revisions.
    pub hidden_ids: Vec<String>,
    /// Words, slugs and paths of hidden articles.
    pub hidden_slugs: Vec<String>,
    /// Paths of hidden articles.
    pub hidden_paths: Vec<String>,
    /// Cursors that stand at hidden articles.
    pub hidden_cursors: Vec<(String, String)>,
    /// Tokens of previews that should not open.
    pub tokens: Vec<String>,
    /// The id of a published article with everything in it.
    pub article: String,
    /// The id of one of its citations.
    pub citation: String,
    /// The ids of an author, a tag and a source.
    pub nouns: [String; 3],
}

/// An article that does not exist.
pub const GHOST: &str = "article_01h455vb4pex5vsknk084sn02q";

impl Values {
    /// The values for an argument or a field of an input, as they are written in a query.
    pub fn of(&self, place: &str, scalar: &str) -> Vec<String> {
        let [author, tag, source] = &self.nouns;
        let texts: Vec<&str> = match (place, scalar) {
            (_, "Boolean") => return vec!["true".to_owned(), "false".to_owned()],
            (_, "DateTime") => vec![
                BEGIN,
                "2026-03-01T11:00:00Z",
                "2026-03-01T10:59:59.999999Z",
                "2020-01-01",
            ],
            (_, "Int") if place.contains("(first)") || place.contains("(last)") => {
                return vec![
                    "3".to_owned(),
                    "0".to_owned(),
                    "1".to_owned(),
                    "20".to_owned(),
                ];
            }
            (_, "String") if place.contains("(after)") || place.contains("(before)") => {
                let field = place.split('(').next().unwrap_or_default();
                let mut cursors: Vec<&str> = (self.hidden_cursors.iter())
                    .filter(|(of, _)| of == field)
                    .map(|(_, cursor)| cursor.as_str())
                    .collect();
                cursors.push("AfNz_UoBkCiksAByYr6MO2zH1ybIAACAT8MeGwYA");
                cursors
            }
            ("ArticleBy.id" | "Query.node(id)" | "Query.nodes(ids)", _) => {
                let mut ids = vec![
                    self.article.as_str(),
                    &self.citation,
                    author,
                    tag,
                    source,
                    GHOST,
                ];
                ids.extend(self.hidden_ids.iter().map(String::as_str));
                ids
            }
            ("ArticleBy.slug", _) => and_hidden(&["the-harbour"], &self.hidden_slugs),
            ("ArticleBy.path" | "Query.resolvePath(path)", _) => and_hidden(
                &[
                    "/the-harbour",
                    "/old-harbour",
                    "/withdrawn",
                    "/authors/ada-quill",
                    "/tags/harbour",
                    "/sources/tass",
                    "/no",
                ],
                &self.hidden_paths,
            ),
            ("AuthorBy.id", _) => vec![author, GHOST],
            ("AuthorBy.slug", _) => and_hidden(&["ada-quill"], &self.hidden_slugs),
            ("TagBy.id", _) => vec![tag, GHOST],
            ("TagBy.slug", _) => and_hidden(&["harbour", "ferry"], &self.hidden_slugs),
            ("SourceBy.id", _) => vec![source, GHOST],
            ("SourceBy.slug", _) => and_hidden(&["tass"], &self.hidden_slugs),
            ("SourceBy.domain", _) => {
                vec!["tass.example", "zqxdraft.example", "zqxscheduled.example"]
            }
            ("Query.search(query)", _) => and_hidden(
                &[
                    "harbour",
                    "harbour OR ferry",
                    "harbour -ferry",
                    "\"the harbour\"",
                    "zqx",
                ],
                &self.hidden_slugs,
            ),
            ("Query.articlePreview(token)", _) => self.tokens.iter().map(String::as_str).collect(),
            ("TextCriteria.in" | "TextCriteria.notIn", _) => vec!["en", "da", "zq"],
            ("LinkCriteria.all" | "LinkCriteria.any" | "LinkCriteria.none", _) => {
                vec![
                    "harbour",
                    "ada-quill",
                    "tass",
                    "ferry",
                    "no",
                    author,
                    tag,
                    source,
                ]
            }
            ("DomainCriteria.any" | "DomainCriteria.none", _) => {
                vec![
                    "tass.example",
                    "zqxdraft.example",
                    "zqxscheduled.example",
                    "zqxretracted.example",
                ]
            }
            (
                "Query.articleDraft(id)"
                | "Query.revisionDiff(article)"
                | "Query.auditLog(after)"
                | "Query.auditLog(subject)"
                | "Query.auditLog(actor)",
                _,
            ) => and_hidden(&[GHOST, self.article.as_str()], &self.hidden_ids),
            (
                "Query.articleDraft(version)"
                | "Query.revisionDiff(from)"
                | "Query.revisionDiff(to)"
                | "ArticleDraft.revisions(beforeVersion)",
                "Int",
            ) => return vec!["1".to_owned(), "2".to_owned(), "99".to_owned()],
            // Nobody in particular may do nothing, whatever the words.
            (
                "Mutation.accountUpdate(id)"
                | "Mutation.accountRoleSet(id)"
                | "Mutation.accountDisable(id)"
                | "Mutation.accountEnable(id)"
                | "Mutation.accountSignOut(id)",
                _,
            ) => {
                vec!["account_01h455vb4pex5vsknk084sn02q"]
            }
            ("Mutation.apiTokenRotate(id)" | "Mutation.apiTokenRevoke(id)", _) => {
                vec!["token_01h455vb4pex5vsknk084sn02q"]
            }
            ("SourceInput.parent", _) => vec![source],
            (_, "ID") if place.starts_with("Mutation.author") => vec![author],
            (_, "ID") if place.starts_with("Mutation.tag") => vec![tag],
            (_, "ID") if place.starts_with("Mutation.source") => vec![source],
            (_, "ID") if is_of_an_act(place) => {
                and_hidden(&[GHOST, self.article.as_str()], &self.hidden_ids)
            }
            (_, "String") if is_of_an_act(place) => vec!["some words", "zqxdraftslug"],
            (_, "Int") if is_of_an_act(place) => return vec!["1".to_owned(), "2".to_owned()],
            _ => panic!("{place} takes {scalar} and has no value in the matrix: give it one"),
        };
        texts.into_iter().map(|text| format!("{text:?}")).collect()
    }
}

fn and_hidden<'a>(seen: &[&'a str], hidden: &'a [String]) -> Vec<&'a str> {
    (seen.iter().copied())
        .chain(hidden.iter().map(String::as_str))
        .collect()
}

/// Whether this is an argument of a mutation, or a field of an input that only mutations take.
fn is_of_an_act(place: &str) -> bool {
    place.starts_with("Mutation.")
        || place
            .split('.')
            .next()
            .is_some_and(|name| name.ends_with("Input") || name.ends_with("Change"))
}
