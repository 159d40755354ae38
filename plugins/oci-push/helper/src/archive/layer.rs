//! One layer: what it is compressed with, told from its first bytes, and its bytes for the layout.

use std::io::{self, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::contents::Contents;
use crate::digest::{Digest, Hashed};
use crate::document::Descriptor;
use crate::error::Error;
use crate::layout::{NewBlob, NewLayout};

pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Writes the layer to the layout. Returns what a manifest says of it, and the digest of the uncompressed tar file.
pub(super) fn convert(contents: &Contents, name: &str, layout: &NewLayout) -> Result<(Descriptor, Digest), Error> {
    let mut magic = Vec::new();
    let broken = |problem: io::Error| contents.broken(format!("layer {name}: {problem}"));
    contents.open(name)?.take(4).read_to_end(&mut magic).map_err(broken)?;
    let source = BufReader::with_capacity(128 << 10, contents.open(name)?);
    let mut blob = layout.blob()?;
    let (media_type, diff_id) = if magic.starts_with(GZIP) {
        let diff_id = uncompressed(MultiGzDecoder::new(Copied { source, copy: &mut blob })).map_err(broken)?;
        ("application/vnd.oci.image.layer.v1.tar+gzip", diff_id)
    } else if magic.starts_with(ZSTD) {
        let mut copied = Copied { source, copy: &mut blob };
        let diff_id = zstd(&mut copied).map_err(broken)?;
        ("application/vnd.oci.image.layer.v1.tar+zstd", diff_id)
    } else {
        ("application/vnd.oci.image.layer.v1.tar+gzip", compress(source, &mut blob).map_err(broken)?)
    };
    Ok((blob.finish(media_type)?, diff_id))
}

/// Compresses without a time or a name, so that equal layers stay equal.
fn compress(source: impl Read, blob: &mut NewBlob) -> io::Result<Digest> {
    let mut source = Hashed::new(source);
    let mut encoder = GzBuilder::new().mtime(0).write(blob, Compression::default());
    io::copy(&mut source, &mut encoder)?;
    encoder.finish()?;
    Ok(source.finish().1)
}

/// The digest of what a decoder gives.
fn uncompressed(decoder: impl Read) -> io::Result<Digest> {
    let mut hashed = Hashed::new(decoder);
    io::copy(&mut hashed, &mut io::sink())?;
    Ok(hashed.finish().1)
}

/// As [`uncompressed`], for all frames of a zstd file: the decoder stops at the end of each.
fn zstd<R: Read>(source: &mut Copied<'_, R>) -> io::Result<Digest> {
    let mut source = BufReader::with_capacity(128 << 10, source);
    let mut hashed = Hashed::new(io::sink());
    while !io::BufRead::fill_buf(&mut source)?.is_empty() {
        let mut frame =
            ruzstd::decoding::StreamingDecoder::new(&mut source).map_err(|problem| io::Error::other(problem.to_string()))?;
        io::copy(&mut frame, &mut hashed)?;
    }
    Ok(hashed.finish().1)
}

/// Reads, and writes what it reads to the layout as it is.
struct Copied<'a, R> {
    source: R,
    copy: &'a mut NewBlob,
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.copy.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}
