package naming

// Version is that of the program. It stands in each function's answer; the changes of each version are in CHANGELOG.md
// beside the stack (infra/stack).
const Version = "1.1.0"
