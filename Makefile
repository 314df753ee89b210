# Short names; ./run does the work and says what else it can do: ./run --help
.PHONY: run test lint lock messages demo-reset clean

run:
	@./run

test:
	@./run test

lint:
	@./run lint

lock:
	@./run lock

demo-reset:
	@./run demo_reset

clean:
	@./run clean

messages:
	@./run messages
