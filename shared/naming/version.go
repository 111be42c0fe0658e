package naming

// Version is that of the program. Each function's answer has it. Its changes are in infra/stack/DEPLOY.md.
const Version = "1.4.0"
