//! The collector as people run it: the program, real files, and a server on a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod send;
mod support;
