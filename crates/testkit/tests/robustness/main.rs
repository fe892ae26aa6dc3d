//! The real server between peers that are slow, lie, break off, leave, or try to be understood in two ways.
//!
//! Each test starts a `frontgate` of its own and speaks to it over plain sockets, byte by byte. Nothing waits for time to
//! pass but for the other side; where a timeout is what is tested it is a few seconds.

mod broken_origins;
mod crowds;
mod framing;
mod functions;
mod memory;
mod poisoning;
mod stage;
mod swaps;
