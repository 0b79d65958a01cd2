use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a reader knows to vary in their logs, as patterns over whole tokens: `#` is one or more
/// digits, `*` any number of characters, `?` a single one, everything else itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masks {
    masks: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MaskError {
    #[error("a mask's pattern has 1 to {PATTERN_BYTES_MAX} bytes, and {name:?} has {found}")]
    Length { name: String, found: usize },
    #[error("a log is read with at most {MASKS_MAX} masks")]
    TooMany,
}

pub(super) const PATTERN_BYTES_MAX: usize = 200;
pub(super) const MASKS_MAX: usize = 100;

impl Masks {
    pub fn new(masks: Vec<(String, String)>) -> Result<Self, MaskError> {
        if masks.len() > MASKS_MAX {
            return Err(MaskError::TooMany);
        }
        match masks.iter().find(|(_, pattern)| pattern.is_empty() || pattern.len() > PATTERN_BYTES_MAX) {
            Some((name, pattern)) => Err(MaskError::Length { name: name.clone(), found: pattern.len() }),
            None => Ok(Self { masks }),
        }
    }

    /// The name of the first mask that fits the token.
    pub fn find(&self, token: &str) -> Option<&str> {
        let fits = |(_, pattern): &&(String, String)| fits(pattern.as_bytes(), token.as_bytes());
        self.masks.iter().find(fits).map(|(name, _)| name.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.masks.is_empty()
    }
}

/// Remembers the last `*` or `#` only, which is all that such patterns need: time is at most the
/// product of both lengths.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let step = match (pattern.get(at), text.get(from)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                retry = Some((at, from));
                at += 1;
                continue;
            }
            (Some(b'#'), Some(found)) if found.is_ascii_digit() => {
                while text.get(from).is_some_and(u8::is_ascii_digit) {
                    from += 1;
                }
                at += 1;
                continue;
            }
            (Some(b'?'), Some(_)) => true,
            (Some(expected), Some(found)) => expected == found && *expected != b'#',
            _ => false,
        };
        if step {
            (at, from) = (at + 1, from + 1);
        } else {
            match retry {
                Some((star, start)) if start < text.len() => {
                    retry = Some((star, start + 1));
                    (at, from) = (star + 1, start + 1);
                }
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, fitting: &[&str], other: &[&str]) {
        let masks = Masks::new(vec![("own".into(), pattern.into())]).unwrap();
        for token in fitting {
            assert_eq!(masks.find(token), Some("own"), "{pattern} {token}");
        }
        for token in other {
            assert_eq!(masks.find(token), None, "{pattern} {token}");
        }
    }

    #[test]
    fn a_pattern_fits_whole_tokens() {
        check("job-#", &["job-1", "job-123"], &["job-", "job-x", "a-job-1", "job-1b"]);
        check("*.tmp", &["a.tmp", ".tmp", "a.tmp.tmp"], &["a.tmpx", "tmp"]);
        check("sess*#", &["session9", "sess1"], &["session", "ses9"]);
        check("??-x", &["ab-x"], &["a-x", "abc-x"]);
        check("*", &["", "anything"], &[]);
    }

    #[test]
    fn masks_are_bounded() {
        assert_eq!(Masks::new(vec![("m".into(), "x".into()); MASKS_MAX + 1]), Err(MaskError::TooMany));
        assert_eq!(Masks::new(vec![("m".into(), String::new())]), Err(MaskError::Length { name: "m".into(), found: 0 }));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        check(&"*a".repeat(90), &[], &["b".repeat(400).as_str(), "a".repeat(89).as_str()]);
    }
}
