// Package conventions checks what the compiler cannot: which package may import which, who reads the clock and the
// environment, and that texts are in plain English. It contains tests only.
package conventions
