/// The request did not come to its end.
struct CutOff: Error {}
