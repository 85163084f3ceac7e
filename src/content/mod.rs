//! The newsroom's nouns, a folder each: what a client sees, what may be done, which rows.

pub mod account;
pub mod article;
pub mod author;
pub mod citation;
pub mod keeping;
pub mod known;
pub mod migrations;
pub mod noun;
pub mod reading;
pub mod resolve;
pub mod search;
pub mod seen;
pub mod site;
#[cfg(test)]
mod sizes;
pub mod source;
pub mod statements;
pub mod tag;

use std::sync::Arc;

use async_graphql::Context;

pub use crate::access::Acting;

/// Who acts in the request that a resolver runs in.
///
/// # Panics
/// When the endpoint did not put it into the request, which no request can bring about.
#[must_use]
pub fn acting<'a>(ctx: &Context<'a>) -> &'a Arc<Acting> {
    reading::Reading::of(ctx).note(|seen| seen.personal = true);
    ctx.data_unchecked::<Arc<Acting>>()
}

/// What became of one submitted thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there before.
    Created,
    /// It reads differently now.
    Updated,
    /// It stood there already, just so.
    Unchanged,
    /// It was refused; a sentence says why and how to mend it.
    Refused(String),
}
