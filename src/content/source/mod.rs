//! Sources: the outlets, agencies, offices, people, documents and datasets that articles cite.

pub mod entity;
pub mod graphql;

use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::refusal::{Code, Refusal},
    content::noun::{Former, Noun, json, list},
    editorial::{identity::SourceId, moment::Moment, slug::sort_key, vocabulary::SourceKind},
    events::SubjectKind,
    platform::bulk::{Is, Target},
};

/// A source as a dump carries one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDocument {
    /// Which source.
    pub id: SourceId,
    /// The readable name, unique among sources.
    pub slug: String,
    /// Slugs that led here before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
    /// Ids that lead here since what they named was merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_ids: Vec<SourceId>,
    /// The name as printed.
    pub name: String,
    /// What sort of source it is.
    #[serde(default)]
    pub kind: SourceKind,
    /// The source it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<SourceId>,
    /// What readers should know of it, such as "Russian state media".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The domains it publishes on, in lower case without `www.`; a domain belongs to one source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// When it last changed.
    pub updated_at: Moment,
}

impl Noun for entity::Model {
    type Document = SourceDocument;
    type Entity = entity::Entity;
    const SUBJECT: SubjectKind = SubjectKind::Source;
    const NAME: &'static str = "source";
    const FEED: (&'static str, &'static str) = ("source_feed", "source_id");
    const LISTED: (&'static str, Option<&'static str>) = ("source_ids", None);
    const TARGET: &'static Target = &Target {
        table: "source",
        columns: &[
            ("id", Is::Id),
            ("slug", Is::Text),
            ("name", Is::Text),
            ("sort_key", Is::Text),
            ("kind", Is::Code),
            ("parent_id", Is::OptionalId),
            ("note", Is::OptionalText),
            ("domains", Is::Text),
            ("updated_at", Is::Big),
        ],
        suffix: "ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, \
                 sort_key = excluded.sort_key, kind = excluded.kind, \
                 parent_id = excluded.parent_id, note = excluded.note, domains = excluded.domains, \
                 updated_at = excluded.updated_at, \
                 version = source.version + 1",
    };

    fn id(&self) -> Uuid {
        self.id
    }
    fn slug(&self) -> &str {
        &self.slug
    }
    fn sort_key(&self) -> &str {
        &self.sort_key
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn document(&self, former: Former) -> SourceDocument {
        SourceDocument {
            id: SourceId(self.id),
            slug: self.slug.clone(),
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(SourceId).collect(),
            name: self.name.clone(),
            kind: SourceKind::of_code(self.kind).unwrap_or_default(),
            parent: self.parent_id.map(SourceId),
            note: self.note.clone(),
            domains: list(&self.domains),
            updated_at: Moment(self.updated_at),
        }
    }
    fn id_of(document: &SourceDocument) -> Uuid {
        document.id.0
    }
    fn slugs_of(document: &SourceDocument) -> (&str, &[String]) {
        (&document.slug, &document.former_slugs)
    }
    fn former_ids_of(document: &SourceDocument) -> Vec<Uuid> {
        document.former_ids.iter().map(|id| id.0).collect()
    }
    fn revised(document: SourceDocument, slug: String, updated_at: Moment) -> SourceDocument {
        SourceDocument {
            slug,
            updated_at,
            ..document
        }
    }
    fn with_former(document: SourceDocument, former: Former) -> SourceDocument {
        SourceDocument {
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(SourceId).collect(),
            ..document
        }
    }
    fn name_of(document: &SourceDocument) -> &str {
        &document.name
    }
    fn domains_of(document: &SourceDocument) -> &[String] {
        &document.domains
    }
    fn faults_of(document: &SourceDocument) -> Vec<Refusal> {
        let domains = document.domains.iter().enumerate();
        domains
            .filter(|(_, domain)| domain.is_empty() || domain.contains([' ', '/', '@', ':']))
            .map(|(index, domain)| {
                Refusal::invalid(
                    Code::Invalid,
                    &["input", "domains", &index.to_string()],
                    format!("\"{domain}\" is no domain; write it like reuters.com"),
                )
            })
            .collect()
    }
    fn parent_of(document: &SourceDocument) -> Option<Uuid> {
        document.parent.map(|parent| parent.0)
    }
    fn joined(mut document: SourceDocument, other: &SourceDocument) -> SourceDocument {
        for domain in &other.domains {
            if !document.domains.contains(domain) {
                document.domains.push(domain.clone());
            }
        }
        document
    }
    fn row_of(document: &SourceDocument) -> Vec<Value> {
        vec![
            document.id.0.into(),
            document.slug.as_str().into(),
            document.name.as_str().into(),
            sort_key(&document.name).into(),
            document.kind.code().into(),
            document
                .parent
                .map_or(Uuid::nil(), |parent| parent.0)
                .into(),
            document.note.clone().unwrap_or_default().into(),
            json(&document.domains).into(),
            document.updated_at.0.into(),
        ]
    }
}
