//! Stories and how an editor writes them.

use std::{future::IntoFuture, pin::Pin, time::Duration};

use dateline::{
    content::{
        Outcome,
        article::document::{ArticleDocument, CitationDocument, Contribution, Rights},
        author::{self, AuthorDocument},
        source::{self, SourceDocument},
        tag::{self, TagDocument},
    },
    editorial::{
        identity::{ArticleId, AuthorId, CitationId, SourceId, TagId},
        moment::Moment,
        slug::slug_of,
        vocabulary::{CitationRole, ContributorRole, Kind, LinkHealth, SourceKind, TagType},
    },
};
use uuid::Uuid;

use super::Newsroom;

/// A story as it was published.
#[derive(Debug, Clone)]
pub struct Story {
    pub document: ArticleDocument,
}

impl Story {
    /// Its printed identity.
    pub fn id(&self) -> String {
        self.document.id.to_string()
    }

    /// The words of its headline.
    pub fn search_words(&self) -> String {
        self.document.headline.replace('"', " ")
    }
}

/// A story being written; awaiting it publishes it.
pub struct Writing<'a> {
    newsroom: &'a Newsroom,
    document: ArticleDocument,
    authors: Vec<String>,
    tags: Vec<String>,
    sources: Vec<(String, SourceKind)>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(newsroom: &'a Newsroom, headline: &str) -> Self {
        let now = newsroom.clock.now();
        let slug = slug_of(headline);
        Self {
            newsroom,
            document: ArticleDocument {
                id: ArticleId(Uuid::now_v7()),
                headline: headline.to_owned(),
                standfirst: None,
                path: format!("/{slug}"),
                slug,
                former_paths: Vec::new(),
                kind: Kind::News,
                language: "en".to_owned(),
                dateline: None,
                byline_text: None,
                authors: Vec::new(),
                body: "The story in full.".to_owned(),
                tags: Vec::new(),
                citations: Vec::new(),
                notices: Vec::new(),
                rights: Rights::default(),
                hero: None,
                first_published_at: now,
                published_at: now,
                updated_at: now,
                embargoed_until: None,
                retracted_at: None,
            },
            authors: vec!["Ada Quill".to_owned()],
            tags: vec!["Harbour".to_owned()],
            sources: vec![("Port Authority".to_owned(), SourceKind::Official)],
        }
    }

    /// Names its authors.
    pub fn by(mut self, authors: &[&str]) -> Self {
        self.authors = authors.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Names its tags.
    pub fn tagged(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Names the outlets it cites.
    pub fn citing(mut self, sources: &[&str]) -> Self {
        self.sources = sources
            .iter()
            .map(|name| ((*name).to_owned(), SourceKind::Outlet))
            .collect();
        self
    }

    /// Says what sort of piece it is.
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.document.kind = kind;
        self
    }

    /// Gives its body.
    pub fn saying(mut self, body: &str) -> Self {
        body.clone_into(&mut self.document.body);
        self
    }

    /// Gives it a path.
    pub fn at_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.document.path);
        self
    }

    /// Says that readers see it only after so long.
    pub fn scheduled_in(mut self, wait: Duration) -> Self {
        let moment = Moment(
            self.document.published_at.0 + i64::try_from(wait.as_micros()).expect("a short wait"),
        );
        self.document.published_at = moment;
        self.document.first_published_at = moment;
        self.document.updated_at = moment;
        self
    }

    /// Says that readers saw it so long ago.
    pub fn published_ago(mut self, age: Duration) -> Self {
        let moment = Moment(
            self.document.published_at.0 - i64::try_from(age.as_micros()).expect("a short age"),
        );
        self.document.published_at = moment;
        self.document.first_published_at = moment;
        self.document.updated_at = moment;
        self
    }

    /// Changes the document in any other way.
    pub fn with(mut self, change: impl FnOnce(&mut ArticleDocument)) -> Self {
        change(&mut self.document);
        self
    }

    /// The finished document, with everything it points to in place; nothing of it is published yet.
    pub async fn document(self) -> ArticleDocument {
        let Self {
            newsroom,
            mut document,
            authors,
            tags,
            sources,
        } = self;
        for name in &authors {
            let author = AuthorId(newsroom.author(name).await);
            document.authors.push(Contribution {
                author,
                role: ContributorRole::Author,
            });
        }
        for name in &tags {
            document.tags.push(TagId(newsroom.tag(name).await));
        }
        for (name, kind) in &sources {
            document.citations.push(CitationDocument {
                id: CitationId(Uuid::now_v7()),
                source: Some(SourceId(newsroom.source(name, *kind).await)),
                role: CitationRole::Attribution,
                url: Some(format!("https://www.{}.example/story", slug_of(name))),
                title: None,
                block: None,
                quote: None,
                prefix: None,
                suffix: None,
                speaker: None,
                speaker_as_printed: None,
                verb: None,
                via: None,
                link_health: LinkHealth::Unchecked,
                snapshot_url: None,
            });
        }
        document
    }
}

impl<'a> IntoFuture for Writing<'a> {
    type Output = Story;
    type IntoFuture = Pin<Box<dyn Future<Output = Story> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let newsroom = self.newsroom;
            let document = self.document().await;
            let outcomes = newsroom.publish(vec![document.clone()]).await;
            assert!(
                matches!(outcomes[0], Outcome::Created | Outcome::Updated),
                "{outcomes:?}"
            );
            Story { document }
        })
    }
}

impl Newsroom {
    /// The author of this name, hired on the spot if need be.
    pub async fn author(&self, name: &str) -> Uuid {
        let mut names = self.names.lock().await;
        if let Some(id) = names.authors.named(name) {
            return id;
        }
        let author = AuthorDocument {
            id: AuthorId(Uuid::now_v7()),
            slug: slug_of(name),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: name.to_owned(),
            bio: None,
            links: Vec::new(),
            updated_at: self.clock.now(),
        };
        self.saves::<author::entity::Model>(std::slice::from_ref(&author))
            .await;
        names.authors.add::<author::entity::Model>(&author);
        author.id.0
    }

    /// The tag of this name, made on the spot if need be.
    pub async fn tag(&self, name: &str) -> Uuid {
        let mut names = self.names.lock().await;
        if let Some(id) = names.tags.named(name) {
            return id;
        }
        let tag = TagDocument {
            id: TagId(Uuid::now_v7()),
            slug: slug_of(name),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: name.to_owned(),
            tag_type: TagType::Topic,
            description: None,
            external_ids: Vec::new(),
            aliases: Vec::new(),
            updated_at: self.clock.now(),
        };
        self.saves::<tag::entity::Model>(std::slice::from_ref(&tag))
            .await;
        names.tags.add::<tag::entity::Model>(&tag);
        tag.id.0
    }

    /// The source of this name, made on the spot if need be.
    pub async fn source(&self, name: &str, kind: SourceKind) -> Uuid {
        let mut names = self.names.lock().await;
        if let Some(id) = names.sources.named(name) {
            return id;
        }
        let source = SourceDocument {
            id: SourceId(Uuid::now_v7()),
            slug: slug_of(name),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name: name.to_owned(),
            kind,
            parent: None,
            note: None,
            domains: vec![format!("{}.example", slug_of(name))],
            updated_at: self.clock.now(),
        };
        self.saves::<source::entity::Model>(std::slice::from_ref(&source))
            .await;
        names.sources.add::<source::entity::Model>(&source);
        source.id.0
    }
}
