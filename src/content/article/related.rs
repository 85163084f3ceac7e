//! Articles related to an article: those that share its tags, the more and the earlier tags the better, the newest
//! first among equals. Only the newest articles of its first tags are looked at, so the cost does not grow with the
//! archive.

use std::{collections::HashMap, sync::Arc};

use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    entity::ids_of,
    filter::Facet,
    store::{self, Links, ListRow},
};
use crate::content::reading::Reading;

/// How many of an article's tags are followed.
const TAGS: usize = 6;
/// How many of each tag's newest articles are looked at.
const NEWEST: u64 = 40;

/// The ids of related articles, best first.
///
/// # Errors
/// When the database fails.
pub async fn of_article(reading: &Reading, article: &ListRow) -> Result<Vec<Uuid>, Arc<DbErr>> {
    let tags: Vec<Uuid> = ids_of(&article.tag_ids).into_iter().take(TAGS).collect();
    let lists = reading
        .related
        .of(RELATED_ARTICLES)
        .load_all(tags.clone(), |tags| async move {
            let lists: HashMap<Uuid, Vec<Links>> = reading
                .lists(tags, |tag| {
                    store::newest_links(reading, Facet::Tag, tag, NEWEST)
                })
                .await?;
            store::note_links(reading, &lists, NEWEST, true);
            Ok(lists
                .into_iter()
                .map(|(tag, rows)| (tag, rows.into_iter().map(|row| row.id).collect()))
                .collect())
        })
        .await?;
    let mut scores: HashMap<Uuid, (usize, usize)> = HashMap::new();
    for (index, list) in lists.into_iter().flatten().enumerate() {
        for (age, id) in list.into_iter().enumerate() {
            let (score, youngest) = scores.entry(id).or_insert((0, age));
            // The main tag counts twice.
            *score += if index == 0 { 2 } else { 1 };
            *youngest = (*youngest).min(age);
        }
    }
    scores.remove(&article.id);
    let mut ranked: Vec<(Uuid, (usize, usize))> = scores.into_iter().collect();
    ranked.sort_unstable_by(|(a_id, (a_score, a_age)), (b_id, (b_score, b_age))| {
        b_score
            .cmp(a_score)
            .then(a_age.cmp(b_age))
            .then(b_id.cmp(a_id))
    });
    Ok(ranked.into_iter().map(|(id, _)| id).collect())
}

/// The shape under which these loads are batched.
const RELATED_ARTICLES: u64 = 1;
