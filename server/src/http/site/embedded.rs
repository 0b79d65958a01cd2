use std::borrow::Cow;

use anyhow::Result;
use axum::body::Bytes;

// `static SITE: &[(&str, &[u8])]`, written by build.rs.
include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The files that were built into this program.
pub(super) fn files() -> Result<Vec<(Cow<'static, str>, Bytes)>> {
    Ok(SITE.iter().map(|(path, content)| (Cow::Borrowed(*path), Bytes::from_static(content))).collect())
}
