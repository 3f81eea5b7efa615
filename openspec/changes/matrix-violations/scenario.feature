Feature: Releasing a jammed compartment
  Support frees a compartment from afar when its door does not open.

  Scenario: A jammed compartment is released
    Given the compartment "A1" of the locker "harbour" is jammed
    When support releases it
    Then the door is unlocked again
    And the compartment counts as empty
