//! Authors: people and desks that articles are by. Content, not user accounts.

pub mod entity;
pub mod graphql;

use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::refusal::{Code, Refusal},
    content::noun::{Former, Noun, json, list},
    editorial::{identity::AuthorId, moment::Moment, slug::sort_key},
    events::SubjectKind,
    platform::bulk::{Is, Target},
};

/// An author as a dump carries one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorDocument {
    /// Which author.
    pub id: AuthorId,
    /// The readable name, unique among authors.
    pub slug: String,
    /// Slugs that led here before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
    /// Ids that lead here since what they named was merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_ids: Vec<AuthorId>,
    /// The name as printed.
    pub name: String,
    /// Who this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Where else to find this author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// When it last changed.
    pub updated_at: Moment,
}

/// A labelled address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What is found there.
    pub label: String,
    /// The address.
    pub url: String,
}

impl Noun for entity::Model {
    type Document = AuthorDocument;
    type Entity = entity::Entity;
    const SUBJECT: SubjectKind = SubjectKind::Author;
    const NAME: &'static str = "author";
    const FEED: (&'static str, &'static str) = ("author_feed", "author_id");
    const LISTED: (&'static str, Option<&'static str>) = ("author_ids", Some("author_roles"));
    const TARGET: &'static Target = &Target {
        table: "author",
        columns: &[
            ("id", Is::Id),
            ("slug", Is::Text),
            ("name", Is::Text),
            ("sort_key", Is::Text),
            ("bio", Is::OptionalText),
            ("links", Is::Text),
            ("updated_at", Is::Big),
        ],
        suffix: "ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, \
                 sort_key = excluded.sort_key, bio = excluded.bio, \
                 links = excluded.links, updated_at = excluded.updated_at, \
                 version = author.version + 1",
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
    fn document(&self, former: Former) -> AuthorDocument {
        AuthorDocument {
            id: AuthorId(self.id),
            slug: self.slug.clone(),
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(AuthorId).collect(),
            name: self.name.clone(),
            bio: self.bio.clone(),
            links: list(&self.links),
            updated_at: Moment(self.updated_at),
        }
    }
    fn id_of(document: &AuthorDocument) -> Uuid {
        document.id.0
    }
    fn slugs_of(document: &AuthorDocument) -> (&str, &[String]) {
        (&document.slug, &document.former_slugs)
    }
    fn former_ids_of(document: &AuthorDocument) -> Vec<Uuid> {
        document.former_ids.iter().map(|id| id.0).collect()
    }
    fn revised(document: AuthorDocument, slug: String, updated_at: Moment) -> AuthorDocument {
        AuthorDocument {
            slug,
            updated_at,
            ..document
        }
    }
    fn with_former(document: AuthorDocument, former: Former) -> AuthorDocument {
        AuthorDocument {
            former_slugs: former.slugs,
            former_ids: former.ids.into_iter().map(AuthorId).collect(),
            ..document
        }
    }
    fn name_of(document: &AuthorDocument) -> &str {
        &document.name
    }
    fn faults_of(document: &AuthorDocument) -> Vec<Refusal> {
        let is_safe = |url: &str| {
            url::Url::parse(url)
                .is_ok_and(|url| ["https", "http", "mailto"].contains(&url.scheme()))
        };
        let links = document.links.iter().enumerate();
        links
            .filter(|(_, link)| !is_safe(&link.url))
            .map(|(index, link)| {
                Refusal::invalid(
                    Code::Invalid,
                    &["input", "links", &index.to_string(), "url"],
                    format!(
                        "\"{}\" is no address that readers can follow; begin it with https:, http: or mailto:",
                        link.url
                    ),
                )
            })
            .collect()
    }
    fn joined(mut document: AuthorDocument, other: &AuthorDocument) -> AuthorDocument {
        for link in &other.links {
            if !document.links.contains(link) {
                document.links.push(link.clone());
            }
        }
        document
    }
    fn row_of(document: &AuthorDocument) -> Vec<Value> {
        vec![
            document.id.0.into(),
            document.slug.as_str().into(),
            document.name.as_str().into(),
            sort_key(&document.name).into(),
            document.bio.clone().unwrap_or_default().into(),
            json(&document.links).into(),
            document.updated_at.0.into(),
        ]
    }
}
