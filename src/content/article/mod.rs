//! Articles: what they are, what may be done with them, how readers get them.

pub mod announcement;
pub mod commands;
pub mod desk;
pub mod desk_graphql;
pub mod difference;
pub mod document;
pub mod draft;
pub mod entity;
pub mod filter;
pub mod graphql;
pub mod history;
pub mod links;
pub mod prepared;
pub mod projection;
pub mod publishing;
pub mod related;
pub mod store;
pub mod writing;
