"""What a model says of a picture, and why: the digit or a rejection, attribution, counterfactual."""
