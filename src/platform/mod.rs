//! What every part stands on: configuration, the databases, the clock, logs. Knows nothing of articles.

pub mod bulk;
pub mod clock;
pub mod config;

pub mod db;
pub mod fetch;
mod readers;
pub mod sql;
pub mod telemetry;
