// What Python writes into the page: the networks, the numbers of mnist_mlp/pictures, the rejection, and what is said.

/** The bytes that Python wrote in base64. */
export const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const record = (id) => JSON.parse(document.getElementById(id).textContent);

export const NETWORK = record("network");

/** The numbers of mnist_mlp/pictures, which names and explains them. */
export const CONSTANTS = record("constants");

export const {SIDE} = CONSTANTS; // of the pictures that the network sees, in pixels

/** The parameters of the rejection and its network; null if no picture is rejected. */
export const REJECTION = record("rejection");

/** The name of the network, how accurate it is, pictures of 28x28 pixels to start from, and names of its classes. */
export const ABOUT = record("about");
