use crate::{Error, Result};

/// Who asks. Made by the HTTP layer from the request, judged only here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Anybody who can reach the server: reads the public collection.
    Visitor,
    /// A collector or script that may send: it holds the ingest token, or the server listens to
    /// this machine alone.
    Sender,
}

impl Actor {
    pub(crate) fn may_read(&self) -> Result<()> {
        match self {
            Self::Visitor | Self::Sender => Ok(()),
        }
    }

    pub(crate) fn may_ingest(&self) -> Result<()> {
        match self {
            Self::Sender => Ok(()),
            Self::Visitor => Err(Error::not_a_sender()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_visitor_reads_and_does_not_send() {
        assert!(Actor::Visitor.may_read().is_ok());
        assert_eq!(Actor::Visitor.may_ingest().unwrap_err().kind(), ErrorKind::NotASender);
        assert!(Actor::Sender.may_ingest().is_ok());
    }
}
