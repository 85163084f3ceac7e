//! Tags related to a tag: those that stand most often beside it on its newest articles. Looking at a bounded number of
//! articles keeps the cost the same for any archive, and the answer about the news rather than about history.

use std::{collections::HashMap, sync::Arc};

use sea_orm::DbErr;
use uuid::Uuid;

use crate::content::{
    article::{
        entity::ids_of,
        filter::Facet,
        store::{self, Links},
    },
    reading::Reading,
};

/// How many of the tag's newest articles are looked at.
const NEWEST: u64 = 200;
/// The shape under which these loads are batched.
const RELATED_TAGS: u64 = 2;

/// The ids of related tags, best first.
///
/// # Errors
/// When the database fails.
pub async fn of_tag(reading: &Reading, tag: Uuid) -> Result<Vec<Uuid>, Arc<DbErr>> {
    let ranked = reading
        .related
        .of(RELATED_TAGS)
        .load(tag, |tags| async move {
            let lists: HashMap<Uuid, Vec<Links>> = reading
                .lists(tags, |tag| {
                    store::newest_links(reading, Facet::Tag, tag, NEWEST)
                })
                .await?;
            store::note_links(reading, &lists, NEWEST, false);
            Ok(lists
                .into_iter()
                .map(|(tag, rows)| (tag, ranked(tag, &rows)))
                .collect())
        })
        .await?;
    Ok(ranked.unwrap_or_default())
}

fn ranked(tag: Uuid, rows: &[Links]) -> Vec<Uuid> {
    let mut together: HashMap<Uuid, usize> = HashMap::new();
    for other in rows
        .iter()
        .flat_map(|row| ids_of(&row.tag_ids))
        .filter(|other| *other != tag)
    {
        *together.entry(other).or_default() += 1;
    }
    let mut ranked: Vec<(Uuid, usize)> = together.into_iter().collect();
    ranked.sort_unstable_by(|(a_id, a), (b_id, b)| b.cmp(a).then(a_id.cmp(b_id)));
    ranked.into_iter().map(|(id, _)| id).collect()
}
