package ongoing

// StatusCancelled is the number of a cancelled order. Warehouses may renumber their statuses; this one is taken to
// stand in all of them (the vendor's manual and every system seen have it).
const StatusCancelled = 1000
