use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// So many random bytes of the system.
pub(super) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// A secret that somebody copies from a log.
pub fn new_code() -> Result<String> {
    Ok(hex(&random::<10>()?))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Under which a secret is looked up: whoever reads it in the store can't go back to the secret.
pub(crate) fn hashed(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_their_hashes_too() {
        let (one, other) = (random::<16>().unwrap(), random::<16>().unwrap());
        assert_ne!(one, other);
        assert_eq!(hex(&[0, 0xff]), "00ff");
        assert_eq!(hashed("radar").len(), 64);
        assert_ne!(hashed("radar"), hashed("radar "));
    }
}
