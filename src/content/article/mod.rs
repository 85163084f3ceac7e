//! Articles: what they are, what may be done with them, how readers get them.

pub mod commands;
pub mod document;
pub mod entity;
pub mod filter;
pub mod graphql;
pub mod prepared;
pub mod projection;
pub mod related;
pub mod store;
