#![no_main]

use radar_engine::read::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| radar_fuzz::read(bytes, Some(Format::JsonLines)));
