//! The line, told as short dialogues: what a viewer asks, what the origin says, what the viewer gets.

mod bodies;
mod cache_tags;
mod caching;
mod collapsing;
mod differential;
mod door;
mod errors;
mod facts;
mod failover;
mod fixture;
mod functions;
mod lambda;
mod model;
mod parts;
mod stage;
mod web_socket;
