//! Dateline: a headless content API for news publishers.
//!
//! Ask *what* and you have the folder, ask *which side* and you have the file; imports go down:
//! `cli → http → schema · importers · jobs → content → graphql → access · events → editorial · platform`.
//! `ARCHITECTURE.md` walks through a read and a write.

pub mod access;
pub mod cache;
pub mod cli;
pub mod content;
pub mod editorial;
pub mod events;
pub mod graphql;
pub mod http;
pub mod importers;
pub mod jobs;
pub mod platform;
pub mod schema;
