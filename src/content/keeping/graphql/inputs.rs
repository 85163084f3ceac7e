//! What clients send of authors, tags and sources.

use async_graphql::{Error, ID, InputObject, MaybeUndefined};
use uuid::Uuid;

use crate::{
    content::{
        author::{self, AuthorDocument, Link},
        noun::Noun,
        resolve::{id_of, plain_domain},
        source::{self, SourceDocument},
        tag::{self, ExternalId, TagDocument},
    },
    editorial::{
        identity::{AuthorId, SourceId, TagId},
        moment::Moment,
        vocabulary::{SourceKind, TagType},
    },
};

/// How an author reads. Absent is unchanged, null clears.
#[derive(Debug, Clone, InputObject)]
pub struct AuthorInput {
    /// The name as printed.
    pub name: MaybeUndefined<String>,
    /// The readable name, unique among authors.
    pub slug: MaybeUndefined<String>,
    /// Who this is.
    pub bio: MaybeUndefined<String>,
    /// Where else to find this author, all of it.
    pub links: MaybeUndefined<Vec<LinkInput>>,
}

/// A labelled address.
#[derive(Debug, Clone, InputObject)]
pub struct LinkInput {
    /// What is found there.
    pub label: String,
    /// The address: `https:`, `http:` or `mailto:`.
    pub url: String,
}

/// How a tag reads. Absent is unchanged, null clears.
#[derive(Debug, Clone, InputObject)]
pub struct TagInput {
    /// The name as printed.
    pub name: MaybeUndefined<String>,
    /// The readable name, unique among tags.
    pub slug: MaybeUndefined<String>,
    /// What sort of thing it names; TOPIC unless given.
    pub r#type: MaybeUndefined<TagType>,
    /// What it covers.
    pub description: MaybeUndefined<String>,
    /// What others call it, all of it.
    pub external_ids: MaybeUndefined<Vec<ExternalIdInput>>,
    /// Other names for the same thing, all of them.
    pub aliases: MaybeUndefined<Vec<String>>,
}

/// The name of a thing in somebody else's list.
#[derive(Debug, Clone, InputObject)]
pub struct ExternalIdInput {
    /// Whose list: `wikidata`, `iptc`.
    pub scheme: String,
    /// The name there: `Q148`, `medtop:20000065`.
    pub value: String,
}

/// How a source reads. Absent is unchanged, null clears.
#[derive(Debug, Clone, InputObject)]
pub struct SourceInput {
    /// The name as printed.
    pub name: MaybeUndefined<String>,
    /// The readable name, unique among sources.
    pub slug: MaybeUndefined<String>,
    /// What sort of source it is.
    pub kind: MaybeUndefined<SourceKind>,
    /// The id of the source that it belongs to.
    pub parent: MaybeUndefined<ID>,
    /// What readers should know of it, such as "Russian state media".
    pub note: MaybeUndefined<String>,
    /// The domains that it publishes on, all of them; a domain belongs to one source.
    pub domains: MaybeUndefined<Vec<String>>,
}

/// How a noun reads, as a client says.
pub trait Given: std::fmt::Debug + Send {
    /// Of which kind.
    type Noun: Noun;
    /// A document with nothing in it.
    fn begun(id: Uuid, now: Moment) -> <Self::Noun as Noun>::Document;
    /// What is done to a document.
    ///
    /// # Errors
    /// `INVALID_ID`.
    fn change(
        self,
    ) -> Result<impl FnOnce(&mut <Self::Noun as Noun>::Document) + Send + 'static, Error>;
}

impl Given for AuthorInput {
    type Noun = author::entity::Model;

    fn begun(id: Uuid, now: Moment) -> AuthorDocument {
        AuthorDocument {
            id: AuthorId(id),
            slug: String::new(),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: String::new(),
            bio: None,
            links: Vec::new(),
            updated_at: now,
        }
    }

    fn change(self) -> Result<impl FnOnce(&mut AuthorDocument) + Send + 'static, Error> {
        Ok(move |document: &mut AuthorDocument| {
            set(&mut document.name, self.name);
            set(&mut document.slug, self.slug);
            set_or_clear(&mut document.bio, self.bio);
            let link = |link: LinkInput| Link {
                label: link.label,
                url: link.url,
            };
            set(&mut document.links, each(self.links, link));
        })
    }
}

impl Given for TagInput {
    type Noun = tag::entity::Model;

    fn begun(id: Uuid, now: Moment) -> TagDocument {
        TagDocument {
            id: TagId(id),
            slug: String::new(),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: String::new(),
            tag_type: TagType::default(),
            description: None,
            external_ids: Vec::new(),
            aliases: Vec::new(),
            updated_at: now,
        }
    }

    fn change(self) -> Result<impl FnOnce(&mut TagDocument) + Send + 'static, Error> {
        Ok(move |document: &mut TagDocument| {
            set(&mut document.name, self.name);
            set(&mut document.slug, self.slug);
            set(&mut document.tag_type, self.r#type);
            set_or_clear(&mut document.description, self.description);
            let external = |id: ExternalIdInput| ExternalId {
                scheme: id.scheme,
                value: id.value,
            };
            set(
                &mut document.external_ids,
                each(self.external_ids, external),
            );
            set(&mut document.aliases, self.aliases);
        })
    }
}

impl Given for SourceInput {
    type Noun = source::entity::Model;

    fn begun(id: Uuid, now: Moment) -> SourceDocument {
        SourceDocument {
            id: SourceId(id),
            slug: String::new(),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: String::new(),
            kind: SourceKind::default(),
            parent: None,
            note: None,
            domains: Vec::new(),
            updated_at: now,
        }
    }

    fn change(self) -> Result<impl FnOnce(&mut SourceDocument) + Send + 'static, Error> {
        let parent = match self.parent {
            MaybeUndefined::Value(id) => {
                MaybeUndefined::Value(SourceId(id_of(&id, SourceId::PREFIX)?))
            }
            MaybeUndefined::Null => MaybeUndefined::Null,
            MaybeUndefined::Undefined => MaybeUndefined::Undefined,
        };
        Ok(move |document: &mut SourceDocument| {
            set(&mut document.name, self.name);
            set(&mut document.slug, self.slug);
            set(&mut document.kind, self.kind);
            set_or_clear(&mut document.parent, parent);
            set_or_clear(&mut document.note, self.note);
            let domain = |domain: String| plain_domain(&domain);
            set(&mut document.domains, each(self.domains, domain));
        })
    }
}

fn set<T: Default>(field: &mut T, change: MaybeUndefined<T>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *field = T::default(),
        MaybeUndefined::Value(value) => *field = value,
    }
}

fn set_or_clear<T>(field: &mut Option<T>, change: MaybeUndefined<T>) {
    match change {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *field = None,
        MaybeUndefined::Value(value) => *field = Some(value),
    }
}

fn each<A, B>(list: MaybeUndefined<Vec<A>>, read: impl Fn(A) -> B) -> MaybeUndefined<Vec<B>> {
    list.map_value(|items| items.into_iter().map(read).collect())
}
