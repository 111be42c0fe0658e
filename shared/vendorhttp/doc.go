// Package vendorhttp is the HTTP layer under the clients of both vendors, office24 and ongoing: the transport, the
// check of an address, the pauses between attempts, the words for a call without an answer, and what an observer of a
// call is told. It knows neither vendor's protocol.
//
// A client makes its attempts in a loop of its own, because only the client knows whether a call can be repeated:
//
//	for n := 1; ; n++ {
//		failure := c.attempt(ctx, …)
//		if failure == nil || !repeatable(failure) || !c.retry.Wait(ctx, n, failure.RetryAt) {
//			return failure
//		}
//	}
//
// A library with a loop of its own, such as go-retryablehttp, does not fit: 24SevenOffice's answers are handed on
// record by record while they are read, and a call must not be repeated once the caller has got one of its records.
package vendorhttp
