module example.com/app

go 1.25

// The requirements come from the command line.
