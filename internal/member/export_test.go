package member

// Verify lets the tests check the hashes against a vector of the reference implementation.
var Verify = verify
