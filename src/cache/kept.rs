//! One answer as it goes over the wire, in every encoding that somebody has asked for.

use std::{
    io::Write,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

use super::{cdn::Headers, grounds::Grounds};

/// How the bytes of an answer are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
}

/// Answers below this many bytes are not worth compressing.
const SMALLEST: usize = 860;

/// What an answer takes beside its bytes and its dependencies: the structures that hold it, its places in tables, and
/// what an allocator cannot use. As the benchmark found with many short answers.
const AROUND: usize = 1_600;

/// An answer.
pub struct Kept {
    grounds: Arc<Grounds>,
    /// What goes out with it to content delivery networks.
    for_cdns: Option<Headers>,
    body: Bytes,
    tag: u128,
    brotli: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
    weight: usize,
}

/// The hash by which an answer is known.
pub fn hash(body: &[u8]) -> u128 {
    xxh3_128(body)
}

impl Kept {
    /// An answer that is true as long as its grounds hold; `tag` is the hash of its body.
    #[must_use]
    pub fn new(body: Vec<u8>, tag: u128, grounds: Arc<Grounds>, for_cdns: Option<Headers>) -> Self {
        // What compressed forms will take is reckoned in from the beginning, and what an allocator cannot use of a block.
        let weight =
            body.len() + body.len() / 2 + body.len() / 6 + grounds.dependencies().weight() + AROUND;
        Self {
            grounds,
            for_cdns,
            // A body that was written piece by piece may lie in twice the room that it needs.
            body: body.into_boxed_slice().into(),
            tag,
            brotli: OnceLock::new(),
            zstd: OnceLock::new(),
            gzip: OnceLock::new(),
            weight,
        }
    }

    /// Whether nothing has touched it yet.
    pub fn is_alive(&self) -> bool {
        self.grounds.hold()
    }

    /// What is said to a shared cache that it is given to, if there is something to say; it is purged there when it is
    /// given up.
    pub fn for_cdns(&self) -> Option<&Headers> {
        self.for_cdns.as_ref().filter(|_| self.grounds.let_out())
    }

    /// How many bytes it takes, estimated.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// A hash of its bytes.
    pub fn tag(&self) -> u128 {
        self.tag
    }

    /// The answer as JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its bytes in an encoding, and the encoding that they have in fact: what is small, or does not shrink, is sent as it
    /// is.
    pub fn encoded(&self, encoding: Encoding) -> (&Bytes, Encoding) {
        let place = match encoding {
            Encoding::Identity => return (&self.body, Encoding::Identity),
            Encoding::Brotli => &self.brotli,
            Encoding::Zstd => &self.zstd,
            Encoding::Gzip => &self.gzip,
        };
        if self.body.len() < SMALLEST {
            return (&self.body, Encoding::Identity);
        }
        let encoded = place.get_or_init(|| compress(&self.body, encoding).unwrap_or_default());
        if encoded.is_empty() || encoded.len() >= self.body.len() {
            (&self.body, Encoding::Identity)
        } else {
            (encoded, encoding)
        }
    }
}

fn compress(body: &[u8], encoding: Encoding) -> Option<Bytes> {
    let mut out = Vec::with_capacity(body.len() / 3);
    match encoding {
        Encoding::Identity => return None,
        Encoding::Brotli => {
            let mut writer = brotli::CompressorWriter::new(&mut out, 32 * 1024, 5, 20);
            writer.write_all(body).ok()?;
            writer.flush().ok()?;
            drop(writer);
        }
        Encoding::Zstd => out = zstd::bulk::compress(body, 6).ok()?,
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(&mut out, flate2::Compression::new(6));
            writer.write_all(body).ok()?;
            writer.finish().ok()?;
        }
    }
    Some(out.into())
}
