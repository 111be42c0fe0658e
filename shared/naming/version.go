package naming

// Version is that of the program. Each function's answer has it. The changes of each version are in CHANGELOG.md
// beside the stack (infra/stack).
const Version = "1.1.0"
