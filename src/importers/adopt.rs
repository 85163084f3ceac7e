//! From names to identities: makes what an importer found into articles that can be published.
//!
//! An article that came from the same origin before keeps its identity, and everything that the document does not say
//! keeps what it was, so a second import of the same documents changes nothing.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::imported::{Doubt, Imported, ImportedCitation};
use crate::{
    content::{
        Acting,
        article::{
            commands::Submission,
            document::{
                ArticleDocument, CitationDocument, Contribution, Dateline, HeroImage, Notice,
                Rights,
            },
            prepared::{Prepared, unpack},
            projection::domain_of,
        },
        author::{self, AuthorDocument},
        noun::Directory,
        source::{self, SourceDocument},
        tag::{self, TagDocument},
    },
    editorial::{
        body::{self, Block},
        identity::{ArticleId, AuthorId, CitationId, SourceId, TagId},
        slug::slug_of,
        vocabulary::{LinkHealth, SourceKind, TagType},
    },
    importers::text,
};

/// The longest headline made from a first sentence, in characters.
const LONGEST_HEADLINE: usize = 90;
/// Characters kept on either side of the words that a citation hangs on.
const CONTEXT: usize = 32;

/// Turns names into identities.
pub struct Adoption<'a> {
    /// Who imports, when and where.
    pub acting: &'a Acting,
    /// The authors known so far.
    pub authors: &'a mut Directory,
    /// The tags known so far.
    pub tags: &'a mut Directory,
    /// The sources known so far.
    pub sources: &'a mut Directory,
    /// The language of documents that do not tell theirs.
    pub site_language: &'a str,
    /// What had to be settled here, by file.
    pub doubts: Vec<(String, Doubt)>,
}

/// What is to be written.
#[derive(Default)]
pub struct Adopted {
    /// New authors.
    pub authors: Vec<AuthorDocument>,
    /// New tags.
    pub tags: Vec<TagDocument>,
    /// New sources.
    pub sources: Vec<SourceDocument>,
    /// The articles, one for each that was found, in the same order.
    pub submissions: Vec<Submission>,
}

impl Adoption<'_> {
    /// Makes articles of what was found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn adopt(&mut self, found: Vec<Imported>) -> Result<Adopted, DbErr> {
        let snapshot = self.acting.db.snapshot().await?;
        let origins: Vec<&str> = found
            .iter()
            .map(|article| article.origin.as_str())
            .collect();
        let mut known = known_by_origin(&snapshot, &origins).await?;
        let mut taken = slugs_in_use(&snapshot, &found).await?;
        snapshot.rollback().await?;
        let mut adopted = Adopted::default();
        for article in found {
            let before = known.remove(&article.origin);
            let origin = article.origin.clone();
            let document = self.document(article, before, &mut taken, &mut adopted);
            let article =
                Prepared::of(document).map_err(|error| DbErr::Custom(error.to_string()))?;
            adopted.submissions.push(Submission {
                article,
                origin: Some(origin),
                history: None,
            });
        }
        Ok(adopted)
    }

    fn document(
        &mut self,
        found: Imported,
        before: Option<ArticleDocument>,
        taken: &mut HashMap<String, Uuid>,
        adopted: &mut Adopted,
    ) -> ArticleDocument {
        let id = before
            .as_ref()
            .map_or_else(|| ArticleId(Uuid::now_v7()), |before| before.id);
        let blocks = body::render(&found.body).blocks;
        let headline = found
            .headline
            .clone()
            .unwrap_or_else(|| self.headline_of(&found, &blocks));
        let published_at = found
            .published_at
            .map(Into::into)
            .or(before.as_ref().map(|b| b.published_at));
        let published_at = published_at.unwrap_or_else(|| {
            self.doubt(
                &found,
                "the document names no date; it counts as published at the time of this import",
            );
            self.acting.now
        });
        let slug = match (&before, &found.slug) {
            (Some(before), None) => before.slug.clone(),
            (_, wanted) => free_slug(&slug_of(wanted.as_deref().unwrap_or(&headline)), id, taken),
        };
        taken.insert(slug.clone(), id.0);
        let path = found
            .path
            .clone()
            .or(before.as_ref().map(|before| before.path.clone()));
        let path =
            path.unwrap_or_else(|| format!("/{}/{slug}", published_at.to_utc().format("%Y/%m/%d")));
        let former_paths = former_paths(&found, before.as_ref(), &path);
        let authors = found
            .authors
            .iter()
            .map(|author| Contribution {
                author: AuthorId(self.author(&author.name, adopted)),
                role: author.role,
            })
            .collect();
        let mut tags: Vec<TagId> = Vec::new();
        for name in &found.tags {
            let tag = TagId(self.tag(name, adopted));
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let citations = self.citations(&found.citations, before.as_ref(), &blocks, adopted);
        let mut document = ArticleDocument {
            id,
            headline,
            standfirst: found.standfirst,
            slug,
            path,
            former_paths,
            kind: found.kind.unwrap_or_default(),
            language: found
                .language
                .unwrap_or_else(|| self.site_language.to_owned()),
            dateline: found.dateline_text.map(|text| Dateline {
                place: found.dateline_place,
                date: None,
                text,
            }),
            byline_text: found.byline_text,
            authors,
            body: found.body,
            tags,
            citations,
            notices: found
                .notices
                .into_iter()
                .map(|(kind, text)| Notice {
                    kind,
                    text,
                    at: None,
                })
                .collect(),
            rights: Rights {
                copyright_line: found.copyright,
                copyright_year: found.copyright_year,
                copyright_holder: found.copyright_holder,
                licence: found.licence,
                terms: found.terms,
                ..Rights::default()
            },
            hero: found.hero.map(|hero| HeroImage {
                url: hero.url,
                alt: hero.alt,
                caption: hero.caption,
                credit: hero.credit,
            }),
            first_published_at: before.as_ref().map_or(published_at, |before| {
                before.first_published_at.min(published_at)
            }),
            published_at,
            updated_at: found.updated_at.map_or(published_at, Into::into),
            embargoed_until: None,
            retracted_at: None,
        };
        if let Some(before) = before.filter(|_| found.updated_at.is_none()) {
            document.updated_at = before.updated_at;
            if document != before {
                document.updated_at = self.acting.now;
            }
        }
        document
    }

    fn headline_of(&mut self, found: &Imported, blocks: &[Block]) -> String {
        let text = blocks
            .first()
            .map(|block| block.text.as_str())
            .unwrap_or_default();
        let mut headline = text
            .split(['\n'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        if headline.chars().count() > LONGEST_HEADLINE {
            let cut: String = headline.chars().take(LONGEST_HEADLINE).collect();
            let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
            headline = format!(
                "{}…",
                cut[..end].trim_end_matches([',', ';', ':', '.', ' '])
            );
        }
        if headline.is_empty() {
            headline = found
                .place
                .file
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        self.doubt(
            found,
            &format!("the document has no headline; its first words stand in: \"{headline}\""),
        );
        headline
    }

    fn citations(
        &mut self,
        found: &[ImportedCitation],
        before: Option<&ArticleDocument>,
        blocks: &[Block],
        adopted: &mut Adopted,
    ) -> Vec<CitationDocument> {
        let mut old: Vec<&CitationDocument> = before
            .map(|before| before.citations.iter().collect())
            .unwrap_or_default();
        let mut citations: Vec<CitationDocument> = Vec::with_capacity(found.len());
        for citation in found {
            let block = citation.block.and_then(|index| blocks.get(index));
            let (prefix, suffix) = block
                .zip(citation.quote.as_deref())
                .and_then(|(block, quote)| around(&block.text, quote))
                .unwrap_or_default();
            let mut document = CitationDocument {
                id: CitationId(Uuid::nil()),
                source: self.source(citation, adopted).map(SourceId),
                role: citation.role,
                url: citation.url.clone(),
                title: citation.title.clone(),
                block: block.map(|block| block.id.clone()),
                quote: citation.quote.clone(),
                prefix,
                suffix,
                speaker: citation.speaker.clone(),
                speaker_as_printed: citation.speaker_as_printed.clone(),
                verb: citation.verb.clone(),
                via: None,
                link_health: LinkHealth::default(),
                snapshot_url: None,
            };
            // The same use of the same source keeps its identity, and what was found out about it since.
            let same = old.iter().position(|old| {
                (old.role, old.source, &old.url, &old.quote, &old.block)
                    == (
                        document.role,
                        document.source,
                        &document.url,
                        &document.quote,
                        &document.block,
                    )
            });
            match same.map(|index| old.remove(index)) {
                Some(known) => {
                    document.id = known.id;
                    document.link_health = known.link_health;
                    document.snapshot_url.clone_from(&known.snapshot_url);
                }
                None => document.id = CitationId(Uuid::now_v7()),
            }
            citations.push(document);
        }
        for (index, citation) in found.iter().enumerate() {
            citations[index].via = citation
                .via
                .and_then(|via| citations.get(via))
                .map(|via| via.id);
        }
        citations
    }

    fn author(&mut self, name: &str, adopted: &mut Adopted) -> Uuid {
        self.authors.named(name).unwrap_or_else(|| {
            let author = AuthorDocument {
                id: AuthorId(Uuid::now_v7()),
                slug: self.authors.free_slug(&slug_of(name)),
                former_slugs: Vec::new(),
                former_ids: Vec::new(),
                name: name.to_owned(),
                bio: None,
                links: Vec::new(),
                updated_at: self.acting.now,
            };
            self.authors.add::<author::entity::Model>(&author);
            adopted.authors.push(author.clone());
            author.id.0
        })
    }

    fn tag(&mut self, name: &str, adopted: &mut Adopted) -> Uuid {
        self.tags.named(name).unwrap_or_else(|| {
            let tag = TagDocument {
                id: TagId(Uuid::now_v7()),
                slug: self.tags.free_slug(&slug_of(name)),
                former_slugs: Vec::new(),
                former_ids: Vec::new(),
                name: name.to_owned(),
                tag_type: TagType::default(),
                description: None,
                external_ids: Vec::new(),
                aliases: Vec::new(),
                updated_at: self.acting.now,
            };
            self.tags.add::<tag::entity::Model>(&tag);
            adopted.tags.push(tag.clone());
            tag.id.0
        })
    }

    /// The source of a citation: by its name, else by the domain of its address.
    fn source(&mut self, citation: &ImportedCitation, adopted: &mut Adopted) -> Option<Uuid> {
        let domain = citation.url.as_deref().and_then(domain_of);
        let known = match &citation.source {
            Some(name) => self.sources.named(name),
            None => domain
                .as_deref()
                .and_then(|domain| self.sources.of_domain(domain)),
        };
        if known.is_some() {
            return known;
        }
        let name = citation.source.clone().or_else(|| domain.clone())?;
        // A domain belongs to whoever has it already.
        let domains = domain.filter(|domain| self.sources.of_domain(domain).is_none());
        let source = SourceDocument {
            id: SourceId(Uuid::now_v7()),
            slug: self.sources.free_slug(&slug_of(&name)),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            kind: kind_of(&name, domains.as_deref()),
            name,
            parent: None,
            note: citation.source_note.clone(),
            domains: domains.into_iter().collect(),
            updated_at: self.acting.now,
        };
        self.sources.add::<source::entity::Model>(&source);
        adopted.sources.push(source.clone());
        Some(source.id.0)
    }

    fn doubt(&mut self, found: &Imported, message: &str) {
        let doubt = Doubt {
            line: found.place.line,
            message: message.to_owned(),
        };
        self.doubts.push((found.place.file.clone(), doubt));
    }
}

/// What a source's name or domain tells of its kind.
fn kind_of(name: &str, domain: Option<&str>) -> SourceKind {
    let official = |domain: &str| {
        let labels: Vec<&str> = domain.split('.').collect();
        labels
            .iter()
            .rev()
            .take(2)
            .any(|label| matches!(*label, "gov" | "mil" | "gouv" | "gob" | "int"))
            || domain.ends_with("europa.eu")
    };
    if text::is_agency(name) {
        SourceKind::Agency
    } else if domain.is_some_and(official) {
        SourceKind::Official
    } else {
        SourceKind::Outlet
    }
}

/// The text on either side of the words, when the block has them.
fn around(text: &str, quote: &str) -> Option<(Option<String>, Option<String>)> {
    let start = text.find(quote)?;
    let before: Vec<char> = text[..start].chars().collect();
    let prefix: String = before[before.len().saturating_sub(CONTEXT)..]
        .iter()
        .collect();
    let suffix: String = text[start + quote.len()..].chars().take(CONTEXT).collect();
    Some((
        Some(prefix).filter(|text| !text.is_empty()),
        Some(suffix).filter(|text| !text.is_empty()),
    ))
}

fn former_paths(found: &Imported, before: Option<&ArticleDocument>, path: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let moved_from = before.map(|before| &before.path);
    let remembered = before.into_iter().flat_map(|before| &before.former_paths);
    for former in found
        .former_paths
        .iter()
        .chain(remembered)
        .chain(moved_from)
    {
        if former != path && !paths.contains(former) {
            paths.push(former.clone());
        }
    }
    paths
}

fn free_slug(wanted: &str, id: ArticleId, taken: &HashMap<String, Uuid>) -> String {
    std::iter::once(wanted.to_owned())
        .chain((2..u64::MAX).map(|number| format!("{wanted}-{number}")))
        .find(|slug| taken.get(slug).is_none_or(|owner| *owner == id.0))
        .unwrap_or_default()
}

/// The present documents of the articles that came from these origins.
async fn known_by_origin(
    snapshot: &DatabaseTransaction,
    origins: &[&str],
) -> Result<HashMap<String, ArticleDocument>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        origin: String,
        document: Vec<u8>,
    }
    let statement = Query::select()
        .column(("article", "origin"))
        .column(("revision", "document"))
        .from("article")
        .inner_join(
            "revision",
            Expr::col(("revision", "article_id"))
                .equals(("article", "id"))
                .and(Expr::col(("revision", "version")).equals(("article", "version"))),
        )
        .and_where(Expr::col(("article", "origin")).is_in(origins.iter().copied()))
        .to_owned();
    snapshot
        .query_all(&statement)
        .await?
        .iter()
        .map(|row| {
            let row = Row::from_query_result(row, "")?;
            Ok((row.origin, unpack(&row.document).map_err(DbErr::Custom)?))
        })
        .collect()
}

/// Who has the slugs that the found articles may want, with every numbered variant.
async fn slugs_in_use(
    snapshot: &DatabaseTransaction,
    found: &[Imported],
) -> Result<HashMap<String, Uuid>, DbErr> {
    let mut taken = HashMap::new();
    for article in found {
        let headline = article.headline.as_deref().unwrap_or_default();
        let wanted = slug_of(article.slug.as_deref().unwrap_or(headline));
        // "-" is the character before "." in ASCII, so this range holds every "wanted-…" and little else.
        let statement = Query::select()
            .columns(["slug", "id"])
            .from("published_article")
            .and_where(
                Expr::col("slug").eq(wanted.clone()).or(Expr::col("slug")
                    .gte(format!("{wanted}-"))
                    .and(Expr::col("slug").lt(format!("{wanted}.")))),
            )
            .to_owned();
        for row in snapshot.query_all(&statement).await? {
            taken.insert(row.try_get("", "slug")?, row.try_get("", "id")?);
        }
    }
    Ok(taken)
}
