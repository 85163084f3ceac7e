//! The staff and their programs in the schema.

pub mod graphql;
pub mod store;
