//! Hash tables whose keys are hashes already, or hold one.
//!
//! The usual hasher is made for any key and costs more than the look-up. This one mixes a key with a secret
//! once, so that nobody can choose texts that crowd one place of a table. Nothing may depend on the order
//! in which such a table is walked through.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

pub(super) type Map<K, V> = HashMap<K, V, Secret>;

#[derive(Clone, Copy, Debug)]
pub(super) struct Secret(u64);

impl Default for Secret {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Secret {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, part: u8) {
        self.write_u64(u64::from(part));
    }

    /// Both halves of a product mix every bit with every other.
    fn write_u64(&mut self, part: u64) {
        let product = u128::from(self.0 ^ part) * 0x9fb2_1c65_1e98_df25;
        self.0 = (product as u64) ^ (product >> 64) as u64;
    }

    fn write_i64(&mut self, part: i64) {
        self.write_u64(part.cast_unsigned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_keys_are_spread_and_parts_all_count() {
        let secret = Secret::default();
        let low: std::collections::BTreeSet<u64> = (0..1000_u64).map(|key| secret.hash_one(key) % (1 << 20)).collect();
        assert!(low.len() > 990, "{}", low.len());
        assert_ne!(secret.hash_one((1_u64, 2_u8)), secret.hash_one((1_u64, 3_u8)));
        assert_ne!(secret.hash_one((1_u64, 2_i64)), secret.hash_one((2_u64, 2_i64)));
        assert_eq!(secret.hash_one(b"ab"), secret.hash_one(b"ab"));
    }
}
