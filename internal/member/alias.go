package member

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"strings"

	"firebrand/internal/store"
)

// words are the two halves of an alias. In Russian and Ukrainian all are masculine, so that any two agree.
type words struct{ first, second []string }

var aliasWords = map[string]words{
	"en": {
		strings.Fields(`Amber Blue Bold Brave Bright Brisk Calm Cheerful Clever Copper Crimson Curious Daring Early
			Emerald Fair Fast Gentle Golden Happy Jolly Keen Kind Lively Lucky Merry Mighty Nimble Northern Patient
			Polar Quick Quiet Royal Silver Smart Starry Steady Sunny Swift True Warm Wild Wise`),
		strings.Fields(`Badger Bear Beaver Bison Buffalo Condor Crane Deer Dolphin Eagle Falcon Fox Gecko Hare Hawk
			Hedgehog Heron Ibis Jaguar Kestrel Koala Lark Leopard Lion Lynx Marten Moose Otter Owl Panda Panther
			Pelican Penguin Puffin Raven Seal Sparrow Squirrel Stork Swan Tiger Turtle Walrus Wolf`),
	},
	"ru": {
		strings.Fields(`Алый Бодрый Бравый Быстрый Весёлый Верный Вольный Горный Добрый Дружный Звёздный Золотой
			Зоркий Изумрудный Лесной Ловкий Лунный Меткий Мирный Морской Мудрый Надёжный Отважный Полярный Проворный
			Рыжий Светлый Северный Серебряный Синий Скорый Славный Смелый Солнечный Спокойный Степной Счастливый Тихий
			Умный Утренний Храбрый Шустрый Яркий Ясный`),
		strings.Fields(`Аист Барс Барсук Беркут Бизон Бобр Буйвол Волк Ворон Голубь Дельфин Дрозд Ёж Енот Жаворонок
			Журавль Заяц Зубр Кедр Кенгуру Кит Клён Коршун Кречет Лебедь Лев Леопард Лис Лось Медведь Морж Олень Орёл
			Пеликан Пингвин Скворец Сокол Соловей Стриж Тигр Тюлень Филин Хомяк Ястреб`),
	},
	"uk": {
		strings.Fields(`Бадьорий Веселий Вечірній Вільний Вірний Влучний Гірський Дбайливий Добрий Дружній Жвавий
			Зірковий Золотий Кмітливий Лагідний Лісовий Меткий Мирний Місячний Морський Мудрий Надійний Певний
			Північний Полярний Привітний Ранковий Рудий Світлий Синій Славний Сміливий Сонячний Спокійний Спритний
			Срібний Степовий Тихий Хоробрий Швидкий Щасливий Щирий Ясний`),
		strings.Fields(`Барс Беркут Бобер Борсук Бузько Ведмідь Велет Вовк Ворон Голуб Дельфін Дрізд Жайвір
			Журавель Заєць Зубр Їжак Кедр Кит Клен Крук Лебідь Лев Лелека Леопард Лис Лось Морж Олень Орел Пелікан
			Пінгвін Соболь Сокіл Соловей Стриж Тигр Тюлень Хом’як Чиж Шпак Явір Яструб`),
	},
}

// alias draws an alias that nobody has, as far as one can see without a lock; two people with one alias do no harm.
func (s *Service) alias(ctx context.Context, lang string) (string, error) {
	return drawAlias(s.Random, lang, func(alias string) (bool, error) {
		found, err := s.accounts.Find(ctx, store.Query{Index: "alias", Equal: []any{alias}, Limit: 1})
		return len(found) > 0, err
	})
}

// drawAlias draws two words, in English for who has no language yet; when they are taken some times in a row, a number
// follows, of more digits the longer it takes.
func drawAlias(random io.Reader, lang string, taken func(string) (bool, error)) (string, error) {
	list, known := aliasWords[lang]
	if !known {
		list = aliasWords["en"]
	}
	for try := 0; ; try++ {
		var drawn [3]int
		for i, n := range []int{len(list.first), len(list.second), numbersAt(try)} {
			at, err := rand.Int(random, big.NewInt(int64(n)))
			if err != nil {
				return "", fmt.Errorf("drawing an alias: %w", err)
			}
			drawn[i] = int(at.Int64())
		}
		alias := list.first[drawn[0]] + " " + list.second[drawn[1]]
		if drawn[2] > 0 {
			alias = fmt.Sprintf("%s %d", alias, drawn[2]+1)
		}
		if used, err := taken(alias); err != nil || !used {
			return alias, err
		}
	}
}

// numbersAt is from how many numbers the try draws; the first is no number.
func numbersAt(try int) int {
	if try < 3 {
		return 1
	}
	n := 98
	for range min(try-3, 12) / 3 {
		n *= 10
	}
	return n
}
