//! frontgate
