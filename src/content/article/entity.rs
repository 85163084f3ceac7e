//! The tables of articles.

use sea_orm::entity::prelude::*;

/// Declares an entity without relations: the projection is read by statements that name their joins.
macro_rules! entity {
    ($(#[$meta:meta])* $module:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident: $kind:ty,)+ }) => {
        $(#[$meta])*
        pub mod $module {
            use sea_orm::entity::prelude::*;

            /// A row.
            #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $kind,)+
            }

            #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity! {
    /// Identities: one row per article that ever was.
    article, "article", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        origin: Option<String>,
        version: i64,
        revision_id: Uuid,
        content_hash: i64,
        created_at: i64,
        withdrawn_at: Option<i64>,
        stage: i16,
        published_version: Option<i64>,
        published_revision_id: Option<Uuid>,
    }
}

entity! {
    /// Immutable revisions; the document is JSON, compressed with LZ4.
    revision, "revision", {
        #[sea_orm(primary_key, auto_increment = false)]
        article_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        version: i64,
        id: Uuid,
        saved_at: i64,
        document: Vec<u8>,
        act: i16,
        saved_by: Option<Uuid>,
        saved_by_name: String,
        comment: Option<String>,
    }
}

entity! {
    /// The articles that the newsroom is working on.
    draft, "draft", {
        #[sea_orm(primary_key, auto_increment = false)]
        article_id: Uuid,
        stage: i16,
        headline: String,
        saved_at: i64,
        saved_by: Option<Uuid>,
    }
}

entity! {
    /// Articles that become visible at a time that is not yet in the change log.
    announcement, "announcement", {
        #[sea_orm(primary_key, auto_increment = false)]
        article_id: Uuid,
        at: i64,
    }
}

entity! {
    /// Every path that leads or led to an article.
    path, "path", {
        #[sea_orm(primary_key, auto_increment = false)]
        path: String,
        article_id: Uuid,
    }
}

entity! {
    /// The list rows of the published projection.
    published_article, "published_article", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        number: i64,
        published_at: i64,
        updated_at: i64,
        first_published_at: i64,
        version: i64,
        word_count: i32,
        kind: i16,
        syndicable: bool,
        language: String,
        slug: String,
        path: String,
        headline: String,
        title_key: String,
        standfirst: Option<String>,
        byline_text: Option<String>,
        author_ids: Vec<u8>,
        author_roles: Vec<u8>,
        tag_ids: Vec<u8>,
        source_ids: Vec<u8>,
        hero: Option<String>,
        retracted_at: Option<i64>,
    }
}

entity! {
    /// What an article page adds to the list row.
    published_detail, "published_detail", {
        #[sea_orm(primary_key, auto_increment = false)]
        article_id: Uuid,
        dateline: Option<String>,
        former_paths: String,
        notices: String,
        rights: String,
        markdown: String,
        html: String,
    }
}

entity! {
    /// The citations of published articles.
    citation, "citation", {
        #[sea_orm(primary_key, auto_increment = false)]
        article_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        position: i32,
        id: Uuid,
        source_id: Option<Uuid>,
        via_id: Option<Uuid>,
        published_at: i64,
        role: i16,
        link_health: i16,
        url: Option<String>,
        domain: Option<String>,
        title: Option<String>,
        block: Option<String>,
        quote: Option<String>,
        prefix: Option<String>,
        suffix: Option<String>,
        speaker: Option<String>,
        speaker_as_printed: Option<String>,
        verb: Option<String>,
        snapshot_url: Option<String>,
    }
}

/// Splits the ids that a list row carries.
#[must_use]
pub fn ids_of(bytes: &[u8]) -> Vec<Uuid> {
    bytes
        .chunks_exact(16)
        .filter_map(|chunk| Uuid::from_slice(chunk).ok())
        .collect()
}

/// Joins ids for a list row.
#[must_use]
pub fn bytes_of(ids: impl IntoIterator<Item = Uuid>) -> Vec<u8> {
    ids.into_iter().flat_map(Uuid::into_bytes).collect()
}
