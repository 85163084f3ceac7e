//! Pure newsroom policy and vocabulary: identities, slugs, bodies, search terms.
//!
//! Nothing here does I/O, knows the database or GraphQL's execution, or asks the clock: the time comes in as an argument.

pub mod body;
pub mod gates;
pub mod identity;
pub mod moment;

pub mod slug;
pub mod terms;
pub mod vocabulary;
