package game

// CheckChoice is the parser of what a client chose.
var CheckChoice = checkChoice
