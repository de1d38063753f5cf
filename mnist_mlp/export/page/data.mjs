// What Python writes into the page: the networks, the numbers of mnist_mlp/pictures, the rejection, and what is said.

const record = (id) => JSON.parse(document.getElementById(id).textContent);

export const NETWORK = record("network");

/** The numbers of mnist_mlp/pictures, which names and explains them. */
export const CONSTANTS = record("constants");

export const {SIDE} = CONSTANTS; // of the pictures that the network sees, in pixels

/** The parameters of the rejection and its network; null if no picture is rejected. */
export const REJECTION = record("rejection");

/** The name of the network, how accurate it is, pictures of 28x28 pixels to start from, and names of its classes. */
export const ABOUT = record("about");
