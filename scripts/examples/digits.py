"""Document 004 in the public API: 784-128-10, ReLU and softmax, plain gradient descent, batches of 100.

python scripts/examples/digits.py [EPOCHS] [LEARNING_RATE]
"""

import sys

import mnist_mlp as mm


def main(epochs: str = "1", learning_rate: str = "0.1") -> float:
    """Train, and return the accuracy on the test set."""
    config = mm.load_config("reference", [f"training.epochs={epochs}", f"optimizer.learning_rate={learning_rate}"])
    dataset = mm.load_dataset()
    data = mm.split(config, dataset)
    state = mm.new_state(config, n_in=784)
    for record in mm.train(config, data, state):
        if record is not None:
            print(f"epoch {record.epoch}: loss {record.train_loss:.4f}, accuracy {record.train_accuracy:.4f}")
    accuracy = mm.evaluate(state.inference_model, dataset.test.X, dataset.test.y).accuracy
    print(f"test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
