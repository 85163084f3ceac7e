//! Foreign documents in: scraped text, Markdown blogs, and Dateline's own dump, which also goes out.
//!
//! A reader of a format turns bytes into what it found and never touches the database; `adopt` turns names into
//! identities; commands write. One bad item refuses that item, not the run.

mod adopt;
pub mod archive;
pub mod dump;
pub mod imported;
mod inputs;
pub mod markdown;
mod nul;
mod ready;
mod report;
mod run;
pub mod text;

pub use inputs::Format;
pub use report::{ImportError, Report, Tally};
pub use run::{Options, Progress, run, sample_site};
