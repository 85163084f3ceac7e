//! What the newsroom does with authors, tags and sources: a mutation for each act.

mod inputs;

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};
use uuid::Uuid;

use self::inputs::{AuthorInput, Given, SourceInput, TagInput};
use super::{Asked, Done, Merge, create, delete, merge, update};
use crate::{
    access::{act::Act, refusal::Denied},
    content::{
        acting,
        author::{self, graphql::Author},
        reading::{Batched, Reading},
        resolve::id_of,
        source::{self, graphql::Source},
        tag::{self, graphql::Tag},
    },
    editorial::identity::printed,
    graphql::{
        cursor::change_cursor,
        user_errors::{UserError, outcome, payload},
    },
};

/// What an act on a noun answers.
struct Answer<N> {
    done: Option<Done>,
    noun: Option<Arc<N>>,
    errors: Vec<UserError>,
    change_cursor: Option<String>,
}

impl<N: Batched> Answer<N> {
    async fn of(ctx: &Context<'_>, result: Result<Done, Denied>) -> Result<Self, Error> {
        let (done, errors) = outcome(result)?;
        let mut noun = None;
        if let Some(done) = done {
            let reading = Reading::of(ctx);
            reading.forget().await;
            noun = reading.nouns::<N>(vec![done.id]).await?.pop();
        }
        Ok(Self {
            done,
            noun,
            errors,
            change_cursor: done.and_then(|done| done.change).map(change_cursor),
        })
    }
}

fn asked<'a>(act: Act, key: Option<&'a str>, input: &impl std::fmt::Debug) -> Asked<'a> {
    Asked {
        act,
        key,
        input: format!("{input:?}"),
    }
}

async fn created<N: Batched, G: Given<Noun = N>>(
    ctx: &Context<'_>,
    act: Act,
    key: Option<String>,
    input: G,
) -> Result<Answer<N>, Error> {
    let acting = acting(ctx);
    let asked = asked(act, key.as_deref(), &input);
    let mut document = G::begun(Uuid::now_v7(), acting.now);
    input.change()?(&mut document);
    Answer::of(ctx, create::<N>(acting, asked, document).await).await
}

async fn updated<N: Batched, G: Given<Noun = N>>(
    ctx: &Context<'_>,
    act: Act,
    (id, expected): (&ID, i64),
    key: Option<String>,
    input: G,
) -> Result<Answer<N>, Error> {
    let asked = asked(act, key.as_deref(), &(id, expected, &input));
    let id = id_of(id, N::NAME)?;
    let change = input.change()?;
    Answer::of(
        ctx,
        update::<N>(acting(ctx), asked, id, expected, change).await,
    )
    .await
}

async fn merged<N: Batched>(
    ctx: &Context<'_>,
    act: Act,
    (id, expected): (&ID, i64),
    key: Option<String>,
    into: &ID,
    dry_run: bool,
) -> Result<Answer<N>, Error> {
    let asked = asked(act, key.as_deref(), &(id, expected, into, dry_run));
    let order = Merge {
        id: id_of(id, N::NAME)?,
        into: id_of(into, N::NAME)?,
        expected,
        dry_run,
    };
    Answer::of(ctx, merge::<N>(acting(ctx), asked, order).await).await
}

async fn deleted<N: Batched>(
    ctx: &Context<'_>,
    act: Act,
    (id, expected): (&ID, i64),
    key: Option<String>,
) -> Result<Answer<N>, Error> {
    let asked = asked(act, key.as_deref(), &(id, expected));
    let id = id_of(id, N::NAME)?;
    Answer::of(ctx, delete::<N>(acting(ctx), asked, id, expected).await).await
}

/// Declares the four acts of a noun and what they answer.
macro_rules! keeps {
    (
        $mutation:ident: $noun:ident $model:ty, $field:ident, $input:ty;
        $(#[$create_doc:meta])* $create:ident $create_act:ident $create_payload:ident;
        $(#[$update_doc:meta])* $update:ident $update_act:ident $update_payload:ident;
        $(#[$merge_doc:meta])* $merge:ident $merge_act:ident $merge_payload:ident;
        $(#[$delete_doc:meta])* $delete:ident $delete_act:ident $delete_payload:ident;
    ) => {
        payload! {
            $(#[$create_doc])*
            $create_payload {
                /// What was created; absent when nothing was done.
                $field: $noun,
            }
        }

        payload! {
            $(#[$update_doc])*
            $update_payload {
                /// How it reads now; absent when nothing was done.
                $field: $noun,
            }
        }

        payload! {
            $(#[$merge_doc])*
            $merge_payload {
                /// The one that stays; absent when nothing was done.
                $field: $noun,
                /// How many published articles were moved to it, or would be.
                articles: i64,
            }
        }

        payload! {
            $(#[$delete_doc])*
            $delete_payload {
                /// The id of what is gone; absent when nothing was done.
                deleted_id: ID,
            }
        }

        /// What the newsroom does with one kind of its catalogue.
        #[derive(Default)]
        pub struct $mutation;

        /// What the newsroom does with one kind of its catalogue.
        #[Object]
        impl $mutation {
            $(#[$create_doc])*
            async fn $create(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How it reads; a name is wanted.")] input: $input,
                #[graphql(desc = "Repeating the call with the same key creates nothing more.")]
                idempotency_key: Option<String>,
            ) -> Result<$create_payload, Error> {
                let answer = created(ctx, Act::$create_act, idempotency_key, input).await?;
                Ok($create_payload {
                    $field: answer.noun.map($noun),
                    errors: answer.errors,
                    change_cursor: answer.change_cursor,
                })
            }

            $(#[$update_doc])*
            async fn $update(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which one.")] id: ID,
                #[graphql(desc = "The version that you have seen.")] expected_version: i64,
                #[graphql(desc = "What is changed.")] input: $input,
                #[graphql(desc = "Repeating the call with the same key does nothing more.")]
                idempotency_key: Option<String>,
            ) -> Result<$update_payload, Error> {
                let which = (&id, expected_version);
                let answer = updated(ctx, Act::$update_act, which, idempotency_key, input).await?;
                Ok($update_payload {
                    $field: answer.noun.map($noun),
                    errors: answer.errors,
                    change_cursor: answer.change_cursor,
                })
            }

            $(#[$merge_doc])*
            async fn $merge(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "The one that goes.")] id: ID,
                #[graphql(desc = "The version that you have seen of the one that goes.")]
                expected_version: i64,
                #[graphql(desc = "The one that stays.")] into: ID,
                #[graphql(default, desc = "Whether only to say what would be moved.")]
                dry_run: bool,
                #[graphql(desc = "Repeating the call with the same key does nothing more.")]
                idempotency_key: Option<String>,
            ) -> Result<$merge_payload, Error> {
                let which = (&id, expected_version);
                let answer = merged::<$model>(
                    ctx, Act::$merge_act, which, idempotency_key, &into, dry_run,
                )
                .await?;
                Ok($merge_payload {
                    $field: answer.noun.map($noun),
                    articles: answer.done.map(|done| done.articles),
                    errors: answer.errors,
                    change_cursor: answer.change_cursor,
                })
            }

            $(#[$delete_doc])*
            async fn $delete(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which one.")] id: ID,
                #[graphql(desc = "The version that you have seen.")] expected_version: i64,
                #[graphql(desc = "Repeating the call with the same key does nothing more.")]
                idempotency_key: Option<String>,
            ) -> Result<$delete_payload, Error> {
                let which = (&id, expected_version);
                let answer =
                    deleted::<$model>(ctx, Act::$delete_act, which, idempotency_key).await?;
                let prefix = <$model as crate::content::noun::Noun>::NAME;
                Ok($delete_payload {
                    deleted_id: answer.done.map(|done| printed(prefix, done.id).into()),
                    errors: answer.errors,
                    change_cursor: answer.change_cursor,
                })
            }
        }
    };
}

keeps! {
    AuthorMutation: Author author::entity::Model, author, AuthorInput;
    /// Creates an author. Without a slug it gets one made from the name.
    author_create AuthorCreate AuthorCreatePayload;
    /// Changes an author. The slug that it had leads to it for ever.
    author_update AuthorUpdate AuthorUpdatePayload;
    /// Makes an author part of another one: articles go over, and the id and the slugs lead to the one that stays.
    author_merge AuthorMerge AuthorMergePayload;
    /// Deletes an author. Refused while an article or a draft is by this author.
    author_delete AuthorDelete AuthorDeletePayload;
}

keeps! {
    TagMutation: Tag tag::entity::Model, tag, TagInput;
    /// Creates a tag. Without a slug it gets one made from the name.
    tag_create TagCreate TagCreatePayload;
    /// Changes a tag. The slug that it had leads to it for ever.
    tag_update TagUpdate TagUpdatePayload;
    /// Makes a tag part of another one: articles go over, the name becomes an alias, and the id and the slugs lead to the
    /// one that stays.
    tag_merge TagMerge TagMergePayload;
    /// Deletes a tag. Refused while an article or a draft carries it.
    tag_delete TagDelete TagDeletePayload;
}

keeps! {
    SourceMutation: Source source::entity::Model, source, SourceInput;
    /// Creates a source. Without a slug it gets one made from the name.
    source_create SourceCreate SourceCreatePayload;
    /// Changes a source. The slug that it had leads to it for ever.
    source_update SourceUpdate SourceUpdatePayload;
    /// Makes a source part of another one: citations, domains and the sources that belong to it go over, and the id and the
    /// slugs lead to the one that stays.
    source_merge SourceMerge SourceMergePayload;
    /// Deletes a source. Refused while an article or a draft cites it or another source belongs to it.
    source_delete SourceDelete SourceDeletePayload;
}
