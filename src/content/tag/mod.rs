//! Tags: what articles are about.

pub mod entity;
pub mod graphql;
pub mod related;

use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    content::noun::{Former, Noun, json, list},
    editorial::{
        identity::TagId,
        moment::Moment,
        slug::{name_key, sort_key},
        vocabulary::TagType,
    },
    events::SubjectKind,
    platform::bulk::{Is, Target},
};

/// A tag as a dump carries one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagDocument {
    /// Which tag.
    pub id: TagId,
    /// The readable name, unique among tags.
    pub slug: String,
    /// Slugs that led here before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
    /// Ids that lead here since what they named was merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_ids: Vec<TagId>,
    /// The name as printed.
    pub name: String,
    /// What sort of thing it names.
    #[serde(rename = "tag_type", default)]
    pub tag_type: TagType,
    /// What it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What others call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<ExternalId>,
    /// Other names for the same thing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When it last changed.
    pub updated_at: Moment,
}

/// The name of a thing in somebody else's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// Whose list: `wikidata`, `iptc`.
    pub scheme: String,
    /// The name there: `Q148`, `medtop:20000065`.
    pub value: String,
}

impl Noun for entity::Model {
    type Document = TagDocument;
    type Entity = entity::Entity;
    const SUBJECT: SubjectKind = SubjectKind::Tag;
    const NAME: &'static str = "tag";
    const FEED: (&'static str, &'static str) = ("tag_feed", "tag_id");
    const LISTED: (&'static str, Option<&'static str>) = ("tag_ids", None);
    const TARGET: &'static Target = &Target {
        table: "tag",
        columns: &[
            ("id", Is::Id),
            ("slug", Is::Text),
            ("name", Is::Text),
            ("sort_key", Is::Text),
            ("tag_type", Is::Code),
            ("description", Is::OptionalText),
            ("external_ids", Is::Text),
            ("aliases", Is::Text),
            ("updated_at", Is::Big),
        ],
        suffix: "ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, \
                 sort_key = excluded.sort_key, tag_type = excluded.tag_type, \
                 description = excluded.description, external_ids = excluded.external_ids, \
                 aliases = excluded.aliases, updated_at = excluded.updated_at, \
                 version = tag.version + 1",
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
    fn document(&self, former: Former) -> TagDocument {
        TagDocument {
            id: TagId(self.id),
            slug: self.slug.clone(),
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(TagId).collect(),
            name: self.name.clone(),
            tag_type: TagType::of_code(self.tag_type).unwrap_or_default(),
            description: self.description.clone(),
            external_ids: list(&self.external_ids),
            aliases: list(&self.aliases),
            updated_at: Moment(self.updated_at),
        }
    }
    fn id_of(document: &TagDocument) -> Uuid {
        document.id.0
    }
    fn slugs_of(document: &TagDocument) -> (&str, &[String]) {
        (&document.slug, &document.former_slugs)
    }
    fn former_ids_of(document: &TagDocument) -> Vec<Uuid> {
        document.former_ids.iter().map(|id| id.0).collect()
    }
    fn revised(document: TagDocument, slug: String, updated_at: Moment) -> TagDocument {
        TagDocument {
            slug,
            updated_at,
            ..document
        }
    }
    fn with_former(document: TagDocument, former: Former) -> TagDocument {
        TagDocument {
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(TagId).collect(),
            ..document
        }
    }
    fn name_of(document: &TagDocument) -> &str {
        &document.name
    }
    fn other_names_of(document: &TagDocument) -> Vec<String> {
        document
            .aliases
            .iter()
            .map(|alias| name_key(alias))
            .collect()
    }
    fn joined(document: TagDocument, other: &TagDocument) -> TagDocument {
        let mut aliases = document.aliases.clone();
        for name in std::iter::once(&other.name).chain(&other.aliases) {
            let key = name_key(name);
            let known = name_key(&document.name) == key
                || aliases.iter().any(|alias| name_key(alias) == key);
            if !known {
                aliases.push(name.clone());
            }
        }
        let mut external_ids = document.external_ids.clone();
        for id in &other.external_ids {
            if !external_ids.contains(id) {
                external_ids.push(id.clone());
            }
        }
        TagDocument {
            external_ids,
            aliases,
            ..document
        }
    }
    fn row_of(document: &TagDocument) -> Vec<Value> {
        vec![
            document.id.0.into(),
            document.slug.as_str().into(),
            document.name.as_str().into(),
            sort_key(&document.name).into(),
            document.tag_type.code().into(),
            document.description.clone().unwrap_or_default().into(),
            json(&document.external_ids).into(),
            json(&document.aliases).into(),
            document.updated_at.0.into(),
        ]
    }
}
