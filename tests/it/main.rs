//! The behaviour of Dateline, a file per behaviour.
//!
//! The suite runs on a SQLite file of its own for every test, or, when `DATELINE_TEST_POSTGRES` names a PostgreSQL
//! server, on a database of its own there. `scripts/test` does both.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops, and looks at the tables themselves where it must"
)]

mod caching;
mod cdn;
mod change_log;
mod counts;
mod documents;
mod drafts;
mod dumps;
mod filters;
mod guessing;
mod house;
mod imports;
mod interrupted;
mod issuer_keys;
mod issuers;
mod keeping;
mod loaders;
mod matrix;
mod model;
mod newsroom;
mod nodes;
mod nul;
mod paging;
mod paths;
mod permissions;
mod pruning;
mod searching;
mod serving;
mod signing_in;
mod signing_in_elsewhere;
mod staff;
mod staff_commands;
mod statements;
mod tables;
mod two_servers;
mod visibility;
mod where_from;
